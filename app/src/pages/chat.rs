//! A conversation: its thread and the composer.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use vertice_domain::{ConversationId, Error, ErrorKind, ModelInfo, Thread};

use super::{frame::Headline, settings::sign_in_outcome};
use crate::{
    api::{ApiError, conversations::thread, models::models},
    chat::{Chat, Composer, SignInAgain, ThreadView, TopBar, use_chat},
    feed::use_feed,
    panel::{PanelState, SidePanel},
    strings::t,
    ui::{Button, ButtonKind, Skeleton, Toast, browser, use_toasts},
};

/// After how long a conversation that could not be read is read once more: a line that has just come back may fail again.
const PAUSE: Duration = Duration::from_millis(400);

/// What the page must read: nothing that it holds already.
type Reading = (Option<Thread>, Option<Vec<ModelInfo>>);

async fn read(chat: Chat, id: Option<ConversationId>) -> Result<Reading, ApiError> {
    let id = id.ok_or_else(|| ApiError(Error::not_found("conversation")))?;
    let (needs_thread, needs_models) = (!chat.holds(id), chat.models.with_untracked(Vec::is_empty));
    let thread = async { if needs_thread { thread(id, None).await.map(Some) } else { Ok(None) } };
    let models = async { if needs_models { models().await.map(Some) } else { Ok(None) } };
    futures::future::try_join(thread, models).await
}

/// The page of a conversation. The first one is read before the page is drawn; going to another one only changes what
/// the state holds, so that nothing is built twice.
#[component]
pub fn ChatPage() -> impl IntoView {
    let chat = use_chat();
    PanelState::provide();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse().ok()));
    let fault = RwSignal::new(None);
    let first = Resource::new_blocking(|| (), move |()| read(chat, id.get_untracked()));
    let reread = move || {
        let now = id.get_untracked();
        spawn_local(async move {
            let mut again = true;
            loop {
                let reading = read(chat, now).await;
                // The user may have gone on meanwhile.
                if id.try_get_untracked() != Some(now) {
                    return;
                }
                match &reading {
                    Err(error) if again && !error.is_final() => browser::sleep(PAUSE).await,
                    _ => return take(chat, fault, reading),
                }
                again = false;
            }
        });
    };
    let (query, toasts) = (use_query_map(), use_toasts());
    Effect::new(move |_| {
        // The browser comes back from a sign-in that was begun here.
        if let Some(word) = query.with(|query| query.get("outcome")) {
            toasts.push(match sign_in_outcome(&word) {
                Ok(done) => Toast::info(done),
                Err(why) => Toast::error(t().tools.not_signed_in, why),
            });
            browser::forget_query();
        }
    });
    Effect::new(move |before: Option<Option<ConversationId>>| {
        let now = id.get();
        if before.is_some_and(|before| before != now) {
            reread();
        }
        now
    });
    let content = move || {
        Suspend::new(async move {
            take(chat, fault, first.await);
            move || match fault.get() {
                Some(error) => {
                    view! { <NotShown error=error again=Callback::new(move |()| reread()) /> }.into_any()
                }
                None => view! { <OpenConversation /> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <Waiting /> }>{content}</Suspense> }
}

fn take(chat: Chat, fault: RwSignal<Option<ApiError>>, reading: Result<Reading, ApiError>) {
    let error = match reading {
        Ok((thread, models)) => {
            if let Some(models) = models {
                chat.models.set(models);
            }
            if let Some(thread) = thread {
                chat.open(thread);
            }
            None
        }
        Err(error) => Some(error),
    };
    if fault.with_untracked(|fault| *fault != error) {
        fault.set(error);
    }
}

/// The open conversation as it stands in the page's state.
#[component]
pub(super) fn OpenConversation() -> impl IntoView {
    let chat = use_chat();
    let title = Memo::new(move |_| {
        chat.thread.conversation.with(|c| c.as_ref().map(|c| c.title.clone()).unwrap_or_default())
    });
    let Headline(headline) = expect_context();
    Effect::new(move |_| headline.set(title.get()));
    view! {
        <Title text=move || title.get() />
        <h1 class="sr-only">{title}</h1>
        <div class="flex min-h-0 flex-1">
            <div class="@container flex min-w-0 flex-1 flex-col">
                <TopBar />
                <ThreadView />
                <div class="relative shrink-0 bg-background pb-[max(12px,env(safe-area-inset-bottom))] md:pb-4">
                    <div class="mx-auto w-full max-w-[712px] px-4 @min-[760px]:px-0">
                        <div class="relative @min-[760px]:-mx-2">
                            <Composer />
                        </div>
                    </div>
                </div>
            </div>
            <SidePanel />
        </div>
    }
}

/// Why a conversation cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// There is no such conversation of this user's.
    Gone,
    /// Nobody is signed in any more.
    SignedOut,
    /// It could not be read now; later it may.
    Unreachable,
}

impl Reason {
    fn of(error: &ApiError) -> Self {
        match error.0.kind {
            ErrorKind::Unauthenticated => Self::SignedOut,
            _ if error.is_final() => Self::Gone,
            _ => Self::Unreachable,
        }
    }
}

#[component]
fn NotShown(error: ApiError, again: Callback<()>) -> impl IntoView {
    use_feed().look_at(&error);
    let reason = Reason::of(&error);
    let (heading, way) = match reason {
        Reason::Gone => (
            t().chat.not_here,
            view! { <a href="/" class="btn btn-outline mt-6">{t().chat.start_new}</a> }.into_any(),
        ),
        Reason::SignedOut => {
            (t().chat.signed_out, view! { <SignInAgain class="btn btn-primary mt-6" /> }.into_any())
        }
        Reason::Unreachable => (
            t().chat.not_loaded,
            view! {
                <span class="mt-6 inline-flex">
                    <Button kind=ButtonKind::Primary on_click=move |_| again.run(())>
                        {t().common.retry}
                    </Button>
                </span>
            }
            .into_any(),
        ),
    };
    if reason == Reason::Unreachable {
        when_back(again);
    }
    view! {
        <Title text=if reason == Reason::Gone { t().frame.not_found } else { heading } />
        <div class="m-auto max-w-[440px] px-4 text-center" role="status">
            <h1 class="text-xl font-semibold">{heading}</h1>
            <p class="mt-2 text-muted-foreground">{error.to_string()}</p>
            {way}
        </div>
    }
}

/// Asks again: at once, and when the server is in reach again, as far as the browser and the feed know.
fn when_back(again: Callback<()>) {
    let (online, feed) = (browser::online(), use_feed());
    let away = Memo::new(move |_| !online.get() || feed.offline.get() > 0);
    Effect::new(move |before: Option<bool>| {
        let away = away.get();
        if before != Some(false) && !away {
            again.run(());
        }
        away
    });
}

#[component]
fn Waiting() -> impl IntoView {
    view! {
        <div class="mx-auto w-full max-w-[712px] px-4 pt-18 md:px-0" aria-busy="true">
            <Skeleton />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_gone_is_not_here() {
        let reason = |error: Error| Reason::of(&ApiError(error));
        assert_eq!(reason(Error::not_found("conversation")), Reason::Gone);
        assert_eq!(reason(Error::unauthenticated()), Reason::SignedOut);
        assert_eq!(reason(Error::storage_unavailable()), Reason::Unreachable);
        assert_eq!(Reason::of(&ApiError::network()), Reason::Unreachable);
        assert_eq!(Reason::of(&ApiError::unreadable()), Reason::Unreachable);
    }
}
