//! stub
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
/// x
pub enum IntOrString {
    /// a
    Int(i32),
    /// b
    String(String),
}
impl Default for IntOrString {
    fn default() -> Self {
        Self::Int(0)
    }
}
