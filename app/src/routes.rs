//! The route table: the list of the app's pages is the site map. What lies before the app is none of the router's: the
//! browser loads it anew.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::pages::{ChatPage, Frame, NewChat, NotFound, Settings, Usage};
use crate::{
    strings::{fill, t},
    ui::browser,
    waits::TitleMark,
};

/// The application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Effect::new(|_| browser::mark_awake());
    let mark = TitleMark::provide();
    view! {
        <Title formatter=move |page: String| {
            mark.on(if page.is_empty() {
                t().common.product.to_owned()
            } else {
                fill(t().common.page_title, &[("page", &page)])
            })
        } />
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view=NewChat ssr=SsrMode::Async />
                    <Route path=path!("c/:id") view=ChatPage ssr=SsrMode::Async />
                    <Route path=path!("settings") view=Settings ssr=SsrMode::Async />
                    <Route path=path!("usage") view=Usage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
