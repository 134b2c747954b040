//! The platform's side of an app's life: install, launch and uninstall, in every form it was ever
//! sent in.

use std::time::Instant;

use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Cloud;
use super::state::{App, Install, Status};
use crate::clock;
use crate::core::time::format_seconds;
use crate::world::{DEFAULT_INSTANCE, DEFAULT_ORGANIZATION};

/// The generation of a payload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Payload {
    /// As documented today: no organization in any event.
    #[default]
    Newest,
    /// As documented before: an organization in all events, a user in launches.
    Seed,
    /// As the beta sent it: the idempotency key in a header, no key prefix, uninstall with nothing
    /// but the id.
    Beta,
}

/// What to install.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InstallSpec {
    /// A registered app; absent = the one registered last.
    pub app_id: Option<String>,
    /// Absent = a fresh one. A known one is a new delivery for it.
    pub installed_app_id: Option<String>,
    /// Absent = the known install's, else a fresh one. One not seen before gets an empty ledger.
    pub instance_id: Option<String>,
    /// Absent = the instance's, else a fresh one.
    pub organization_id: Option<String>,
    /// What the user grants; absent = all that the app asks for.
    pub permissions: Option<Vec<String>>,
    /// The form of the event.
    pub payload: Payload,
    /// Absent = a fresh one. The one handed out before makes the event a duplicate.
    pub api_key: Option<String>,
    /// Lets the key live although the app did not accept the install.
    pub keep_key_on_failure: bool,
}

/// How an install went.
#[derive(Debug, Serialize)]
pub struct Installed {
    /// The install.
    pub installed_app_id: String,
    /// Its app.
    pub app_id: String,
    /// Its instance.
    pub instance_id: String,
    /// Its organization.
    pub organization_id: String,
    /// The key that was sent.
    pub api_key: String,
    /// The app's status; `null` = none before the deadline.
    pub callback_status: Option<u16>,
    /// `active` or `failed`.
    pub status: Status,
    /// How long the app took.
    pub elapsed_ms: u64,
    /// The app's whole answer: JSON, or text; without one, why there is none.
    pub body: Value,
}

/// How to launch.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LaunchSpec {
    /// The form of the request.
    pub payload: Payload,
    /// The user, in forms that name one.
    pub user_id: Option<String>,
}

/// How a launch went.
#[derive(Debug, Serialize)]
pub struct Launched {
    /// The app's status; `null` = none before the deadline.
    pub callback_status: Option<u16>,
    /// Where the dashboard takes the user; only from a 2xx.
    pub portal_url: Option<String>,
    /// The app's whole answer: JSON, or text; without one, why there is none.
    pub body: Value,
}

/// How to uninstall.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UninstallSpec {
    /// The form of the event.
    pub payload: Payload,
    /// RFC 3339; absent = now.
    pub uninstalled_at: Option<String>,
}

/// How an uninstall went.
#[derive(Debug, Serialize)]
pub struct Uninstalled {
    /// The app's status; `null` = none before the deadline.
    pub callback_status: Option<u16>,
    /// `uninstalled`, or what it was before when the app did not accept it.
    pub status: Status,
    /// How long the app took.
    pub elapsed_ms: u64,
    /// The app's whole answer: JSON, or text; without one, why there is none.
    pub body: Value,
}

/// What an app answered.
struct Answer {
    status: Option<u16>,
    body: Value,
    elapsed_ms: u64,
}

impl Answer {
    fn accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl Cloud {
    /// Sends an install event and acts on the answer: anything but a 2xx in time cancels the
    /// install and its key.
    ///
    /// # Errors
    /// Says what does not exist.
    pub async fn install(&self, spec: InstallSpec) -> Result<Installed, String> {
        let payload = spec.payload;
        let keep_key = spec.keep_key_on_failure;
        let (app, install) = self.begin(spec)?;
        let event = install_event(&install, payload);
        let idempotency_key = format!("install:{}", install.installed_app_id);
        let answer = self.deliver(&app.callback_url, event, &idempotency_key, payload).await?;
        let status = self.state().end_install(
            &install.installed_app_id,
            &install.api_key,
            answer.accepted(),
            keep_key,
        );
        Ok(Installed {
            installed_app_id: install.installed_app_id,
            app_id: install.app_id,
            instance_id: install.instance_id,
            organization_id: install.organization_id,
            api_key: install.api_key,
            callback_status: answer.status,
            status,
            elapsed_ms: answer.elapsed_ms,
            body: answer.body,
        })
    }

    /// Finds or makes everything an install needs, and hands out its key.
    fn begin(&self, spec: InstallSpec) -> Result<(App, Install), String> {
        let known = spec.installed_app_id.as_ref();
        let known = known.and_then(|id| self.state().installs.get(id).cloned());
        let app_id = spec.app_id.or_else(|| known.as_ref().map(|known| known.app_id.clone()));
        let app = self.app(app_id.as_deref())?;
        let fresh = |prefix: &str| format!("{prefix}_{}", clock::hex(24));
        let instance_id = spec
            .instance_id
            .or_else(|| known.as_ref().map(|known| known.instance_id.clone()))
            .unwrap_or_else(|| fresh("inst"));
        let organization = spec.organization_id.clone();
        let organization = organization.unwrap_or_else(|| match instance_id.as_str() {
            DEFAULT_INSTANCE => DEFAULT_ORGANIZATION.to_owned(),
            _ => fresh("org"),
        });
        let instance = self.ensure_instance(&instance_id, &organization);
        let install = Install {
            installed_app_id: spec.installed_app_id.unwrap_or_else(|| fresh("instapp")),
            app_id: app.app_id.clone(),
            instance_id,
            organization_id: spec.organization_id.unwrap_or(instance.organization_id),
            api_key: spec.api_key.unwrap_or_else(|| format!("blnk_test_{}", clock::hex(32))),
            permissions: spec.permissions.unwrap_or_else(|| app.permissions.clone()),
            status: Status::Pending,
        };
        self.state().begin_install(install.clone());
        Ok((app, install))
    }

    /// Asks the app for a fresh portal URL. Sent whatever state the install is in: refusing is the
    /// app's duty.
    ///
    /// # Errors
    /// Says what does not exist.
    pub async fn launch(&self, id: &str, spec: LaunchSpec) -> Result<Launched, String> {
        let install = self.find_install(id)?;
        let app = self.app(Some(&install.app_id))?;
        let mut body = ids(&install);
        if spec.payload != Payload::Newest {
            let user = spec.user_id.unwrap_or_else(|| "user_sandbox".to_owned());
            body.insert("organization_id".to_owned(), install.organization_id.into());
            body.insert("user_id".to_owned(), user.into());
        }
        self.state().visited = Some(install.instance_id.clone());
        let answer = self.send(&app.portal_url, body, None).await?;
        let url = answer.body.get("portal_url").and_then(Value::as_str);
        Ok(Launched {
            callback_status: answer.status,
            portal_url: url.filter(|_| answer.accepted()).map(str::to_owned),
            body: answer.body,
        })
    }

    /// Sends an uninstall event; on a 2xx the install is marked and its key revoked, otherwise
    /// nothing changes.
    ///
    /// # Errors
    /// Says what does not exist.
    pub async fn uninstall(&self, id: &str, spec: UninstallSpec) -> Result<Uninstalled, String> {
        let install = self.find_install(id)?;
        let app = self.app(Some(&install.app_id))?;
        let now = || format_seconds(clock::now_micros());
        let at = spec.uninstalled_at.unwrap_or_else(now);
        let mut event = match spec.payload {
            Payload::Beta => Map::from_iter([("installed_app_id".to_owned(), id.into())]),
            _ => ids(&install),
        };
        if spec.payload == Payload::Seed {
            event.insert("organization_id".to_owned(), install.organization_id.into());
        }
        if spec.payload != Payload::Beta {
            event.insert("uninstalled_at".to_owned(), at.into());
        }
        let key = format!("uninstall:{id}");
        let answer = self.deliver(&app.callback_url, event, &key, spec.payload).await?;
        let mut state = self.state();
        if answer.accepted() {
            state.uninstalled(id);
        }
        let status = state.installs.get(id).map_or(install.status, |install| install.status);
        Ok(Uninstalled {
            callback_status: answer.status,
            status,
            elapsed_ms: answer.elapsed_ms,
            body: answer.body,
        })
    }

    fn find_install(&self, id: &str) -> Result<Install, String> {
        let install = self.state().installs.get(id).cloned();
        install.ok_or_else(|| format!("no install {id}"))
    }

    /// An app by its id, or the one registered last.
    fn app(&self, id: Option<&str>) -> Result<App, String> {
        let state = self.state();
        match id {
            Some(id) => state.apps.get(id).cloned().ok_or_else(|| format!("no app {id}")),
            None => state.last_app().cloned().ok_or_else(|| "no app is registered".to_owned()),
        }
    }

    /// Sends an event with its idempotency key where its generation has it.
    async fn deliver(
        &self,
        url: &str,
        mut event: Map<String, Value>,
        idempotency_key: &str,
        payload: Payload,
    ) -> Result<Answer, String> {
        if payload == Payload::Beta {
            return self.send(url, event, Some(idempotency_key)).await;
        }
        event.insert("idempotency_key".to_owned(), idempotency_key.into());
        self.send(url, event, None).await
    }

    async fn send(
        &self,
        url: &str,
        body: Map<String, Value>,
        idempotency_key: Option<&str>,
    ) -> Result<Answer, String> {
        let url = Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
        let mut request = self.apps.post(url).json(&body);
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        let begun = Instant::now();
        let answered = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>((status, response.text().await?))
        };
        let answered = answered.await;
        let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (status, body) = match answered {
            Ok((status, text)) => {
                let json = serde_json::from_str(&text);
                (Some(status), json.unwrap_or(Value::String(text)))
            }
            Err(error) => (None, Value::String(no_answer(&error).to_owned())),
        };
        Ok(Answer { status, body, elapsed_ms })
    }
}

/// Why an app gave no answer, in words that hold no URL: it may carry a secret.
fn no_answer(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer before the deadline"
    } else if error.is_connect() {
        "the app could not be reached"
    } else {
        "the connection broke before the answer was complete"
    }
}

fn ids(install: &Install) -> Map<String, Value> {
    let fields = [
        ("installed_app_id", &install.installed_app_id),
        ("app_id", &install.app_id),
        ("instance_id", &install.instance_id),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), Value::from(value.as_str())));
    Map::from_iter(fields)
}

fn install_event(install: &Install, payload: Payload) -> Map<String, Value> {
    let mut event = ids(install);
    event.insert("api_key".to_owned(), install.api_key.clone().into());
    let permissions = install.permissions.clone().into();
    event.insert("granted_permissions".to_owned(), permissions);
    if payload != Payload::Newest {
        let organization = install.organization_id.clone().into();
        event.insert("organization_id".to_owned(), organization);
    }
    if payload != Payload::Beta {
        event.insert("api_key_prefix".to_owned(), install.key_prefix().into());
    }
    event
}
