//! What the store's lock protects: the objects, the version and the log. Nothing here waits.

use std::collections::btree_map::Range;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use super::owners::Owners;
use super::{Batch, Event, Forgotten, Key, Stored};

/// Where resource versions begin: what a server has used up that just started.
const BEGIN: u64 = 100;

/// Objects by their path.
type Objects = BTreeMap<Arc<str>, Stored>;

/// The objects, the version and the log.
#[derive(Debug)]
pub(super) struct State {
    version: u64,
    /// Before this version nothing is told to who begins.
    compacted: u64,
    tables: HashMap<Arc<str>, Table>,
    owners: Owners,
    /// All events, oldest first; the tables have the same by resource.
    log: VecDeque<Arc<Event>>,
    /// The version of the last event that left the log.
    lost: u64,
    keep: usize,
}

/// One resource.
#[derive(Debug, Default)]
struct Table {
    /// Shared with snapshots, and copied by the first write after one.
    objects: Arc<Objects>,
    log: VecDeque<Arc<Event>>,
    /// The version of the last event that left the log.
    lost: u64,
}

/// The objects as they were at a time.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    version: u64,
    objects: HashMap<Arc<str>, Arc<Objects>>,
}

impl State {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            version: BEGIN,
            compacted: 0,
            tables: HashMap::new(),
            owners: Owners::default(),
            log: VecDeque::new(),
            lost: 0,
            keep,
        }
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Stored> {
        self.tables.get(&key.resource)?.objects.get(key.path().as_str())
    }

    /// The objects of one namespace or all from the path `start` on.
    pub(super) fn objects<'a>(
        &'a self,
        resource: &str,
        namespace: Option<&str>,
        start: &str,
    ) -> impl Iterator<Item = &'a Stored> + use<'a> {
        let table = self.tables.get(resource);
        let range = table.map(|table| range(&table.objects, namespace, start));
        range.into_iter().flatten().map(|(_, stored)| stored)
    }

    /// The same as they were at a version: what is there now, with what happened since undone.
    pub(super) fn objects_at(
        &self,
        resource: &str,
        namespace: Option<&str>,
        start: &str,
        version: u64,
    ) -> Result<Vec<Stored>, Forgotten> {
        self.remembers(resource, version)?;
        let Some(table) = self.tables.get(resource) else {
            return Ok(Vec::new());
        };
        // The first event after the version that touches an object knows how it was then.
        let mut undone: BTreeMap<Arc<str>, Option<&Stored>> = BTreeMap::new();
        for event in table.after(version) {
            undone.entry(event.key.path().into()).or_insert(event.before.as_ref());
        }
        let now = range(&table.objects, namespace, start);
        if undone.is_empty() {
            return Ok(now.map(|(_, stored)| stored.clone()).collect());
        }
        let mut then: BTreeMap<&str, &Stored> =
            now.map(|(path, stored)| (&**path, stored)).collect();
        for (path, before) in range(&undone, namespace, start) {
            match before {
                Some(stored) => then.insert(path, stored),
                None => then.remove(&**path),
            };
        }
        Ok(then.into_values().cloned().collect())
    }

    pub(super) fn owners(&self) -> &Owners {
        &self.owners
    }

    pub(super) fn everything(&self) -> impl Iterator<Item = &Stored> {
        self.tables.values().flat_map(|table| table.objects.values())
    }

    pub(super) fn remembers(&self, resource: &str, version: u64) -> Result<(), Forgotten> {
        let lost = self.tables.get(resource).map_or(0, |table| table.lost);
        let oldest = lost.max(self.compacted);
        if version < oldest { Err(Forgotten(oldest)) } else { Ok(()) }
    }

    pub(super) fn events(
        &self,
        resource: &str,
        after: u64,
        limit: usize,
    ) -> Result<Batch, Forgotten> {
        let Some(table) = self.tables.get(resource) else {
            return Ok(Batch { version: self.version.max(after), events: Vec::new() });
        };
        if after < table.lost {
            return Err(Forgotten(table.lost));
        }
        let events: Vec<_> = table.after(after).take(limit).cloned().collect();
        let version = match events.last() {
            Some(last) if events.len() == limit => last.version,
            _ => self.version.max(after),
        };
        Ok(Batch { version, events })
    }

    /// What happened to anything after a version, at most so many events.
    pub(super) fn all_events(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, Forgotten> {
        if after < self.lost {
            return Err(Forgotten(self.lost));
        }
        let from = self.log.partition_point(|event| event.version <= after);
        Ok(self.log.range(from..).take(limit).cloned().collect())
    }

    /// Makes a write's events happen.
    pub(super) fn commit(&mut self, events: Vec<Event>) {
        for event in events {
            self.version = event.version;
            self.owners.change(event.before.as_ref(), event.after.as_ref());
            let event = Arc::new(event);
            let table = self.tables.entry(Arc::clone(&event.key.resource)).or_default();
            let objects = Arc::make_mut(&mut table.objects);
            match &event.after {
                Some(stored) => objects.insert(event.key.path().into(), stored.clone()),
                None => objects.remove(event.key.path().as_str()),
            };
            table.log.push_back(Arc::clone(&event));
            self.log.push_back(event);
        }
        self.trim();
    }

    pub(super) fn bump(&mut self, by: u64) {
        self.version = self.version.saturating_add(by);
    }

    pub(super) fn compact(&mut self) {
        self.compacted = self.version;
    }

    #[cfg(test)]
    pub(super) fn keep(&mut self, count: usize) {
        self.keep = count;
        self.trim();
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let objects = self.tables.iter();
        let objects =
            objects.map(|(resource, table)| (Arc::clone(resource), Arc::clone(&table.objects)));
        Snapshot { version: self.version, objects: objects.collect() }
    }

    pub(super) fn restore(&mut self, snapshot: &Snapshot) {
        self.version = self.version.max(snapshot.version) + 1;
        self.compacted = self.version;
        self.lost = self.version;
        self.log.clear();
        self.tables.clear();
        self.owners = Owners::default();
        for (resource, objects) in &snapshot.objects {
            for stored in objects.values() {
                self.owners.change(None, Some(stored));
            }
            let table =
                Table { objects: Arc::clone(objects), log: VecDeque::new(), lost: self.version };
            self.tables.insert(Arc::clone(resource), table);
        }
    }

    /// Lets go of the oldest events.
    fn trim(&mut self) {
        while self.log.len() > self.keep {
            let Some(event) = self.log.pop_front() else { break };
            self.lost = event.version;
            if let Some(table) = self.tables.get_mut(&event.key.resource) {
                table.log.pop_front();
                table.lost = event.version;
            }
        }
    }
}

impl Table {
    /// The events after a version.
    fn after(&self, version: u64) -> impl Iterator<Item = &Arc<Event>> {
        let from = self.log.partition_point(|event| event.version <= version);
        self.log.range(from..)
    }
}

/// The part of a map that is of one namespace, or all of it, from the path `start` on.
fn range<'a, T>(
    map: &'a BTreeMap<Arc<str>, T>,
    namespace: Option<&str>,
    start: &str,
) -> Range<'a, Arc<str>, T> {
    let Some(namespace) = namespace else {
        return map.range::<str, _>((Bound::Included(start), Bound::Unbounded));
    };
    let first = format!("{namespace}/");
    // The character after the slash.
    let end = format!("{namespace}0");
    let start = start.max(&first);
    if start >= end.as_str() {
        return map.range::<str, _>((Bound::Included(""), Bound::Excluded("")));
    }
    map.range::<str, _>((Bound::Included(start), Bound::Excluded(end.as_str())))
}
