//! What nobody outside Blnk knows for sure, or what differs between Clouds: switchable, for all
//! instances or for one.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How amounts are written by `/data` and `/…/filter`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumericMode {
    /// As JSON numbers of any size.
    #[default]
    Number,
    /// As texts.
    String,
}

/// What detail routes under `/data` answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum DataDetail {
    /// The row.
    #[default]
    #[value(name = "200")]
    #[serde(rename = "200")]
    Row,
    /// 404, although lists find the row.
    #[value(name = "404")]
    #[serde(rename = "404")]
    Missing,
    /// 500.
    #[value(name = "500")]
    #[serde(rename = "500")]
    Broken,
}

/// How a key is refused that belongs to another instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum WrongInstance {
    /// 403.
    #[default]
    #[value(name = "403")]
    #[serde(rename = "403")]
    Forbidden,
    /// 404.
    #[value(name = "404")]
    #[serde(rename = "404")]
    Missing,
}

/// The switches of one instance; on the command line, of all that are not told otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// Cloud also takes a key in `X-Blnk-Key`, as Blnk's SDKs send it.
    #[arg(long, env = "SANDBOX_ACCEPT_CORE_HEADER")]
    pub accept_core_header: bool,
    /// Cloud hands every path of `/proxy` on, not only the documented ones.
    #[arg(long, env = "SANDBOX_OPEN_PROXY")]
    pub open_proxy: bool,
    /// Cloud answers `duplicate request` to a body sent again that names no reference.
    #[arg(long, env = "SANDBOX_DUPLICATE_BODY")]
    pub duplicate_body: bool,
    /// What `GET /data/<resource>/<id>` answers.
    #[arg(long, env = "SANDBOX_DATA_DETAIL", value_enum, default_value_t)]
    pub data_detail: DataDetail,
    /// How `/data` and the filters write amounts.
    #[arg(long, env = "SANDBOX_NUMERIC_MODE", value_enum, default_value_t)]
    pub numeric_mode: NumericMode,
    /// How Cloud refuses a key of another instance.
    #[arg(long, env = "SANDBOX_WRONG_INSTANCE", value_enum, default_value_t)]
    pub wrong_instance: WrongInstance,
}

impl Switches {
    /// These switches with some of them set again.
    ///
    /// # Errors
    /// Names a switch or a value that does not exist.
    pub fn with(self, changes: &Map<String, Value>) -> Result<Self, String> {
        let own = serde_json::to_value(self).map_err(|error| error.to_string())?;
        let Value::Object(mut all) = own else { return Ok(self) };
        for (name, value) in changes {
            // 404 and "404" mean the same.
            let value =
                if value.is_number() { Value::String(value.to_string()) } else { value.clone() };
            all.insert(name.clone(), value);
        }
        serde_json::from_value(Value::Object(all)).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{DataDetail, Switches};
    use serde_json::json;

    #[test]
    fn a_change_leaves_the_others_and_names_what_it_does_not_know() {
        let with = |before: Switches, changes: serde_json::Value| {
            before.with(changes.as_object().unwrap())
        };
        let first = with(Switches::default(), json!({"accept_core_header": true})).unwrap();
        let second = with(first, json!({"data_detail": 404})).unwrap();
        assert!(second.accept_core_header);
        assert_eq!(second.data_detail, DataDetail::Missing);
        assert!(with(second, json!({"data_detail": 418})).unwrap_err().contains("418"));
        assert!(with(second, json!({"sideways": true})).unwrap_err().contains("sideways"));
    }
}
