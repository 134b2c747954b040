//! The registration key in the URLs of the callback and of the portal generator.

use it::platform::fresh_key;
use it::{Answer, Aws, Ids, Stack, Step};
use serde_json::Value;

#[tokio::test]
async fn a_wrong_registration_key_is_not_found_and_probes_change_nothing() -> Step {
    let stack = Stack::from_environment()?;
    let aws = Aws::owner(&stack).await;
    let ids = Ids::fresh();
    let event = ids.installed(&fresh_key());
    let registered = it::stack::variable("REGISTRATION_KEY")?;
    let swapped = registered.chars().rev().collect::<String>();
    for (url, body) in [(&stack.callback, &event), (&stack.portal_generator, &ids.launch())] {
        let base = url.strip_suffix(&registered).unwrap_or_default();
        for wrong in [swapped.as_str(), &registered[1..], &format!("{registered}0"), "x"] {
            let problem = Answer::to(stack.http.post(format!("{base}{wrong}")).json(body))
                .await?
                .refused(404, "not_found")?;
            assert!(!problem.to_string().contains(wrong) || wrong == "x", "{problem}");
        }
        // The platform probes both URLs at their registration.
        for probed in [url.clone(), format!("{base}{swapped}")] {
            for method in ["GET", "HEAD"] {
                let answer =
                    Answer::to(stack.http.request(method.parse()?, &probed).json(body)).await?;
                assert_eq!(answer.status, 200, "{method}");
                assert!(method == "GET" || answer.text.is_empty());
                assert!(answer.json().get("portal_url").is_none_or(Value::is_null));
            }
        }
    }
    assert_eq!(aws.partition(&ids.install).await?.len(), 0);
    Ok(())
}
