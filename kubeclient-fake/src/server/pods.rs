//! What a test says of pods that no node runs: whether they run, and what they write.

use super::FakeServer;

impl FakeServer {
    /// Whether pods run at once when they are created, and go at once when they are deleted; they don't unless
    /// told otherwise: nothing schedules them, as on an API server alone. It holds for pods that are written
    /// from now on.
    ///
    /// A pod that runs has a node, an address, and containers that are ready. It stays so: it neither fails nor
    /// comes to an end, unless a test writes its status.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = kubeclient_fake::FakeServer::start()?;
    /// server.set_run_pods(true);
    /// server.seed(
    ///     "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: c, image: i}]}}",
    /// )?;
    /// let pod = server.object("v1", "Pod", "default", "web").ok_or("no pod")?;
    /// assert_eq!(pod["status"]["phase"], "Running");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_run_pods(&self, on: bool) {
        self.cluster.set_run_pods(on);
    }

    /// From now on this is what a container has written to its log. The pod need not be there yet, and needs no
    /// node to have a log.
    ///
    /// A log that is followed goes on with what is [appended](Self::append_log), until it is
    /// [ended](Self::end_log), its pod goes, or the server stops.
    pub fn set_logs(&self, namespace: &str, pod: &str, container: &str, text: &str) {
        self.cluster.set_logs(namespace, pod, container, text);
    }

    /// A container writes this to its log besides what it wrote; the time of its lines is the server's.
    pub fn append_log(&self, namespace: &str, pod: &str, container: &str, text: &str) {
        self.cluster.append_log(namespace, pod, container, text);
    }

    /// A container writes no more: who follows its log comes to the end.
    pub fn end_log(&self, namespace: &str, pod: &str, container: &str) {
        self.cluster.end_log(namespace, pod, container);
    }

    /// What a container wrote in its last run, which `previous` asks for.
    pub fn set_previous_logs(&self, namespace: &str, pod: &str, container: &str, text: &str) {
        self.cluster.set_previous_logs(namespace, pod, container, text);
    }
}
