//! The HTML document around the application.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::{routes::App, ssr, strings};

/// Tells the server, by cookie, what only the browser knows, and paints the right colours before anything is seen.
const FIRST_PAINT: &str = r#"(function(){
var c=document.cookie,d=matchMedia('(prefers-color-scheme: dark)').matches,m=c.match(/(?:^|; )theme=(\w+)/),t=m?m[1]:'system';
document.documentElement.classList.toggle('dark',t==='dark'||(t!=='light'&&d));
var s='; path=/; max-age=31536000; samesite=lax';
document.cookie='system_dark='+(d?1:0)+s;
document.cookie='utc_offset='+(-new Date().getTimezoneOffset())+s;
})()"#;

/// The document; rendered by the server only.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    ssr::set_page_headers();
    let dark = ssr::preferences().is_dark();
    let language = ssr::language();
    let texts = format!("/{}/{}", options.site_pkg_dir, strings::address(language));
    let font = format!("/{}/fonts/geist-latin-wght-normal.woff2", options.site_pkg_dir);
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() class=if dark { "dark" } else { "" }>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce()>{FIRST_PAINT}</script>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link
                    rel="preload"
                    href=font
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <HashedStylesheet options=options.clone() id="leptos" />
                // Runs before the scripts that wake the page: both wait for the document, and keep their order.
                <script defer nonce=use_nonce() src=texts></script>
                <HydrationScripts options=options root="" />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
