//! `log`: what a container wrote, whole or as it comes.

use super::log_lines::{LogLines, text};
use crate::api::Api;
use crate::api::params::LogParams;
use crate::error::{Error, ErrorKind};
use crate::meta::resource::{HasSubresource, Object, subresource};
use crate::rest::request::Class;
use crate::rest::{ByteStream, Request, Response};

/// Logs are text; what is said when there is none is JSON.
const ACCEPT: &str = "application/json, */*";

impl<T: Object> Api<T> {
    /// Reads a container's log as text, all that the parameters ask for. It is empty for a pod that no node
    /// has yet.
    ///
    /// ```
    /// use kubeclient::{Api, Config, LogParams, ObjectMeta, Resource, RestClient};
    /// use serde::Deserialize;
    ///
    /// #[derive(Resource, Deserialize)]
    /// #[resource(group = "", version = "v1", projection, subresources(log))]
    /// struct Pod {
    ///     metadata: ObjectMeta,
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = kubeclient_fake::FakeServer::start()?;
    /// # server.seed("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: c, image: i}]}}")?;
    /// # server.set_logs("default", "web", "c", "begin\nready\n");
    /// # let client = RestClient::new(Config::new(server.url()))?;
    /// let pods: Api<Pod> = Api::namespaced(&client, "default");
    /// assert_eq!(pods.logs("web", &LogParams::default().tail(1))?, "ready\n");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A character that [`LogParams::limit_bytes`] cut in two is left out.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode): the log is not UTF-8; [`Api::log_bytes`] gives it as it is.
    /// [`Invalid`](ErrorKind::Invalid): the parameters contradict each other, or ask to follow, which has no
    /// end ([`Api::log_lines`]). [`TooLarge`](ErrorKind::TooLarge): the log is larger than
    /// [`Limits::list`](crate::config::Limits::list). [`Api`](ErrorKind::Api), among others: `NotFound`;
    /// `BadRequest`, when the pod has no such container, or several and none is named, or the container has
    /// not begun. Others as [`RestClient::send`](crate::RestClient::send).
    ///
    /// # Blocking
    /// Within [`Timeouts::list`](crate::config::Timeouts::list).
    pub fn logs(&self, name: &str, params: &LogParams) -> Result<String, Error>
    where
        T: HasSubresource<subresource::Log>,
    {
        let Response { body, verb, path, .. } = self.whole_log(name, params)?;
        let is_cut = params.limit_bytes == u64::try_from(body.len()).ok();
        text(body, is_cut).map_err(|at| {
            let message = format!("the log is not UTF-8 at byte {at}: `Api::log_bytes` reads it");
            Error::new(ErrorKind::Decode, message).during(&verb, &path)
        })
    }

    /// [`Api::logs`], as the bytes that the container wrote, whatever they are.
    ///
    /// # Errors
    /// As [`Api::logs`], without `Decode`.
    ///
    /// # Blocking
    /// As [`Api::logs`].
    pub fn log_bytes(&self, name: &str, params: &LogParams) -> Result<Vec<u8>, Error>
    where
        T: HasSubresource<subresource::Log>,
    {
        self.whole_log(name, params).map(Response::into_bytes)
    }

    /// Reads a container's log line by line, as the lines come; with [`LogParams::follow`] also those that
    /// are still to be written.
    ///
    /// ```
    /// # use kubeclient::{Api, ApiResource, Config, DynamicObject, LogParams, RestClient};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = kubeclient_fake::FakeServer::start()?;
    /// # server.seed("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: c, image: i}]}}")?;
    /// # server.set_logs("default", "web", "c", "begin\nready");
    /// # let client = RestClient::new(Config::new(server.url()))?;
    /// # let kind = ApiResource::namespaced("", "v1", "Pod", "pods");
    /// # let pods: Api<DynamicObject> = Api::dynamic_namespaced(&client, &kind, "default");
    /// let mut lines = pods.log_lines("web", &LogParams::default().follow())?;
    /// assert_eq!(lines.next().transpose()?.as_deref(), Some("begin"));
    /// # server.end_log("default", "web", "c");
    /// // From any thread: ends a read that waits, too.
    /// let stop = lines.stopper();
    /// for line in lines {
    ///     assert_eq!(line?, "ready");
    ///     stop.stop();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Api::logs`], for the head of the answer.
    ///
    /// # Blocking
    /// Until the head of the answer is there. Of a log that is followed it may come with the first line
    /// only, whenever that is; [`Api::with_stop`] ends the wait.
    pub fn log_lines(&self, name: &str, params: &LogParams) -> Result<LogLines, Error>
    where
        T: HasSubresource<subresource::Log>,
    {
        let stream = self.log_stream(name, params)?;
        Ok(LogLines::new(stream, self.client.config().limits.log_line, params))
    }

    /// Reads a container's log as bytes that come: [`Api::log_lines`] for [`std::io::Read`].
    ///
    /// # Errors
    /// As [`Api::log_lines`].
    ///
    /// # Blocking
    /// As [`Api::log_lines`].
    pub fn log_stream(&self, name: &str, params: &LogParams) -> Result<ByteStream, Error>
    where
        T: HasSubresource<subresource::Log>,
    {
        let class = if params.follow { Class::Follow } else { Class::Stream };
        self.client.stream(&self.log_request(name, params)?.class(class))
    }

    fn whole_log(&self, name: &str, params: &LogParams) -> Result<Response, Error>
    where
        T: HasSubresource<subresource::Log>,
    {
        if params.follow {
            return Err(Error::invalid(
                "log: one that is followed has no end: `Api::log_lines` reads it as it comes",
            ));
        }
        self.send(self.log_request(name, params)?.class(Class::List))
    }

    fn log_request(&self, name: &str, params: &LogParams) -> Result<Request, Error>
    where
        T: HasSubresource<subresource::Log>,
    {
        params.request(Request::get(self.part(name)?).accept(ACCEPT))
    }
}
