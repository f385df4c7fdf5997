//! Icons: Lucide's drawings (ISC) and the product's own glyphs. All are decoration: what they mean stands beside them or
//! in a label.

use leptos::prelude::*;
use vertice_domain::Tier;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $paths:literal;)+) => {
        /// A drawing on a grid of 24.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon {
            $($(#[$doc])* $name,)+
        }

        impl Icon {
            const fn paths(self) -> &'static str {
                match self {
                    $(Self::$name => $paths,)+
                }
            }
        }
    };
}

icons! {
    /// New chat, write.
    SquarePen = r#"<path d="M12 3H5a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h14a2 2 0 0 0 2-2v-7"/><path d="M18.375 2.625a1 1 0 0 1 3 3l-9.013 9.014a2 2 0 0 1-.853.505l-2.873.84a.5.5 0 0 1-.62-.62l.84-2.873a2 2 0 0 1 .506-.852z"/>"#;
    /// Search.
    Search = r#"<path d="m21 21-4.34-4.34"/><circle cx="11" cy="11" r="8"/>"#;
    /// The sidebar.
    PanelLeft = r#"<rect width="18" height="18" x="3" y="3" rx="2"/><path d="M9 3v18"/>"#;
    /// Open the drawer.
    MenuLines = r#"<path d="M4 5h16"/><path d="M4 12h16"/><path d="M4 19h16"/>"#;
    /// More.
    Ellipsis = r#"<circle cx="12" cy="12" r="1"/><circle cx="19" cy="12" r="1"/><circle cx="5" cy="12" r="1"/>"#;
    /// Pin.
    Pin = r#"<path d="M12 17v5"/><path d="M9 10.76a2 2 0 0 1-1.11 1.79l-1.78.9A2 2 0 0 0 5 15.24V16a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1v-.76a2 2 0 0 0-1.11-1.79l-1.78-.9A2 2 0 0 1 15 10.76V7a1 1 0 0 1 1-1 2 2 0 0 0 0-4H8a2 2 0 0 0 0 4 1 1 0 0 1 1 1z"/>"#;
    /// Edit, rename.
    Pencil = r#"<path d="M21.174 6.812a1 1 0 0 0-3.986-3.987L3.842 16.174a2 2 0 0 0-.5.83l-1.321 4.352a.5.5 0 0 0 .623.622l4.353-1.32a2 2 0 0 0 .83-.497z"/><path d="m15 5 4 4"/>"#;
    /// Delete.
    Trash = r#"<path d="M10 11v6"/><path d="M14 11v6"/><path d="M19 6v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6"/><path d="M3 6h18"/><path d="M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 1 2 2v2"/>"#;
    /// Copy.
    Copy = r#"<rect width="14" height="14" x="8" y="8" rx="2" ry="2"/><path d="M4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2"/>"#;
    /// What was spent.
    Gauge = r#"<path d="m12 14 4-4"/><path d="M3.34 19a10 10 0 1 1 17.32 0"/>"#;
    /// How models are chosen.
    Sliders = r#"<path d="M10 5H3"/><path d="M12 19H3"/><path d="M14 3v4"/><path d="M16 17v4"/><path d="M21 12h-9"/><path d="M21 19h-5"/><path d="M21 5h-7"/><path d="M8 10v4"/><path d="M8 12H3"/>"#;
    /// Done.
    Check = r#"<path d="M20 6 9 17l-5-5"/>"#;
    /// Do again.
    Refresh = r#"<path d="M3 12a9 9 0 0 1 9-9 9.75 9.75 0 0 1 6.74 2.74L21 8"/><path d="M21 3v5h-5"/><path d="M21 12a9 9 0 0 1-9 9 9.75 9.75 0 0 1-6.74-2.74L3 16"/><path d="M8 16H3v5"/>"#;
    /// A branch.
    GitBranch = r#"<path d="M15 6a9 9 0 0 0-9 9V3"/><circle cx="18" cy="6" r="3"/><circle cx="6" cy="18" r="3"/>"#;
    /// Previous.
    ChevronLeft = r#"<path d="m15 18-6-6 6-6"/>"#;
    /// Next.
    ChevronRight = r#"<path d="m9 18 6-6-6-6"/>"#;
    /// Open below.
    ChevronDown = r#"<path d="m6 9 6 6 6-6"/>"#;
    /// Open above.
    ChevronUp = r#"<path d="m18 15-6-6-6 6"/>"#;
    /// Open a choice.
    ChevronsUpDown = r#"<path d="m7 15 5 5 5-5"/><path d="m7 9 5-5 5 5"/>"#;
    /// Send.
    ArrowUp = r#"<path d="m5 12 7-7 7 7"/><path d="M12 19V5"/>"#;
    /// To the end.
    ArrowDown = r#"<path d="M12 5v14"/><path d="m19 12-7 7-7-7"/>"#;
    /// Add.
    Plus = r#"<path d="M5 12h14"/><path d="M12 5v14"/>"#;
    /// Light.
    Sun = r#"<circle cx="12" cy="12" r="4"/><path d="M12 2v2"/><path d="M12 20v2"/><path d="m4.93 4.93 1.41 1.41"/><path d="m17.66 17.66 1.41 1.41"/><path d="M2 12h2"/><path d="M20 12h2"/><path d="m6.34 17.66-1.41 1.41"/><path d="m19.07 4.93-1.41 1.41"/>"#;
    /// Dark.
    Moon = r#"<path d="M20.985 12.486a9 9 0 1 1-9.473-9.472c.405-.022.617.46.402.803a6 6 0 0 0 8.268 8.268c.344-.215.825-.004.803.401"/>"#;
    /// Themes.
    SunMoon = r#"<path d="M12 2v2"/><path d="M14.837 16.385a6 6 0 1 1-7.223-7.222c.624-.147.97.66.715 1.248a4 4 0 0 0 5.26 5.259c.589-.255 1.396.09 1.248.715"/><path d="M16 12a4 4 0 0 0-4-4"/><path d="m19 5-1.256 1.256"/><path d="M20 12h2"/>"#;
    /// As the system.
    Monitor = r#"<rect width="20" height="14" x="2" y="3" rx="2"/><line x1="8" x2="16" y1="21" y2="21"/><line x1="12" x2="12" y1="17" y2="21"/>"#;
    /// Sign out.
    LogOut = r#"<path d="m16 17 5-5-5-5"/><path d="M21 12H9"/><path d="M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4"/>"#;
    /// Settings.
    Settings = r#"<path d="M9.671 4.136a2.34 2.34 0 0 1 4.659 0 2.34 2.34 0 0 0 3.319 1.915 2.34 2.34 0 0 1 2.33 4.033 2.34 2.34 0 0 0 0 3.831 2.34 2.34 0 0 1-2.33 4.033 2.34 2.34 0 0 0-3.319 1.915 2.34 2.34 0 0 1-4.659 0 2.34 2.34 0 0 0-3.32-1.915 2.34 2.34 0 0 1-2.33-4.033 2.34 2.34 0 0 0 0-3.831A2.34 2.34 0 0 1 6.35 6.051a2.34 2.34 0 0 0 3.319-1.915"/><circle cx="12" cy="12" r="3"/>"#;
    /// Close.
    X = r#"<path d="M18 6 6 18"/><path d="m6 6 12 12"/>"#;
    /// A fault.
    CircleAlert = r#"<circle cx="12" cy="12" r="10"/><line x1="12" x2="12" y1="8" y2="12"/><line x1="12" x2="12.01" y1="16" y2="16"/>"#;
    /// Busy.
    Loader = r#"<path d="M21 12a9 9 0 1 1-6.219-8.56"/>"#;
    /// A key or token.
    Key = r#"<path d="M2.586 17.414A2 2 0 0 0 2 18.828V21a1 1 0 0 0 1 1h3a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h1a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h.172a2 2 0 0 0 1.414-.586l.814-.814a6.5 6.5 0 1 0-4-4z"/><circle cx="16.5" cy="7.5" r=".5" fill="currentColor"/>"#;
    /// No connection.
    WifiOff = r#"<path d="M12 20h.01"/><path d="M8.5 16.429a5 5 0 0 1 7 0"/><path d="M5 12.859a10 10 0 0 1 5.17-2.69"/><path d="M19 12.859a10 10 0 0 0-2.007-1.523"/><path d="M2 8.82a15 15 0 0 1 4.177-2.643"/><path d="M22 8.82a15 15 0 0 0-11.288-3.764"/><path d="m2 2 20 20"/>"#;
    /// A tool.
    Wrench = r#"<path d="M14.7 6.3a1 1 0 0 0 0 1.4l1.6 1.6a1 1 0 0 0 1.4 0l3.106-3.105c.32-.322.863-.22.983.218a6 6 0 0 1-8.259 7.057l-7.91 7.91a1 1 0 0 1-2.999-3l7.91-7.91a6 6 0 0 1 7.057-8.259c.438.12.54.662.219.984z"/>"#;
    /// Show.
    Eye = r#"<path d="M2.062 12.348a1 1 0 0 1 0-.696 10.75 10.75 0 0 1 19.876 0 1 1 0 0 1 0 .696 10.75 10.75 0 0 1-19.876 0"/><circle cx="12" cy="12" r="3"/>"#;
    /// Time, waiting.
    Clock = r#"<circle cx="12" cy="12" r="10"/><path d="M12 6v6l4 2"/>"#;
    /// A broken connection.
    Unplug = r#"<path d="m19 5 3-3"/><path d="m2 22 3-3"/><path d="M6.3 20.3a2.4 2.4 0 0 0 3.4 0L12 18l-6-6-2.3 2.3a2.4 2.4 0 0 0 0 3.4Z"/><path d="M7.5 13.5 10 11"/><path d="M10.5 16.5 13 14"/><path d="m12 6 6 6 2.3-2.3a2.4 2.4 0 0 0 0-3.4l-2.6-2.6a2.4 2.4 0 0 0-3.4 0Z"/>"#;
    /// A connection.
    Plug = r#"<path d="M12 22v-5"/><path d="M15 8V2"/><path d="M17 8a1 1 0 0 1 1 1v4a4 4 0 0 1-4 4h-4a4 4 0 0 1-4-4V9a1 1 0 0 1 1-1z"/><path d="M9 8V2"/>"#;
    /// People.
    Users = r#"<path d="M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2"/><path d="M16 3.128a4 4 0 0 1 0 7.744"/><path d="M22 21v-2a4 4 0 0 0-3-3.87"/><circle cx="9" cy="7" r="4"/>"#;
    /// Data.
    Server = r#"<ellipse cx="12" cy="5" rx="9" ry="3"/><path d="M3 5V19A9 3 0 0 0 21 19V5"/><path d="M3 12A9 3 0 0 0 21 12"/>"#;
    /// Code.
    Code = r#"<path d="m16 18 6-6-6-6"/><path d="m8 6-6 6 6 6"/>"#;
    /// Files.
    Folder = r#"<path d="M20 20a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2h-7.9a2 2 0 0 1-1.69-.9L9.6 3.9A2 2 0 0 0 7.93 3H4a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2Z"/>"#;
    /// Download.
    Download = r#"<path d="M12 15V3"/><path d="M21 15v4a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-4"/><path d="m7 10 5 5 5-5"/>"#;
    /// Hide.
    EyeOff = r#"<path d="M10.733 5.076a10.744 10.744 0 0 1 11.205 6.575 1 1 0 0 1 0 .696 10.747 10.747 0 0 1-1.444 2.49"/><path d="M14.084 14.158a3 3 0 0 1-4.242-4.242"/><path d="M17.479 17.499a10.75 10.75 0 0 1-15.417-5.151 1 1 0 0 1 0-.696 10.75 10.75 0 0 1 4.446-5.143"/><path d="m2 2 20 20"/>"#;
    /// Unpin.
    PinOff = r#"<path d="M12 17v5"/><path d="M15 9.34V7a1 1 0 0 1 1-1 2 2 0 0 0 0-4H7.89"/><path d="m2 2 20 20"/><path d="M9 9v1.76a2 2 0 0 1-1.11 1.79l-1.78.9A2 2 0 0 0 5 15.24V16a1 1 0 0 0 1 1h11"/>"#;
}

impl Icon {
    /// The drawing. `class` sets its size (`size-4` is the usual one) and colour.
    pub fn svg(self, class: &'static str) -> impl IntoView + use<> {
        drawing(class, self.paths())
    }
}

/// A drawing on a grid of 24, as all icons are drawn.
pub(crate) fn drawing(class: &'static str, paths: &'static str) -> impl IntoView + use<> {
    view! {
        <svg
            class=class
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.75"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            inner_html=paths
        ></svg>
    }
}

/// The product's mark: two lines that meet in one point.
#[component]
pub fn Mark(
    /// Sets its size.
    #[prop(default = "size-5")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg
            class=class
            viewBox="0 0 20 20"
            fill="none"
            aria-hidden="true"
            inner_html=r#"<path d="M3 3.5 10 16 17 3.5" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"/><circle cx="10" cy="15.5" r="3" fill="hsl(var(--primary))"/>"#
        ></svg>
    }
}

/// The glyph before a model's name: the more corners, the deeper; dashed: it runs on this machine.
#[component]
pub fn TierGlyph(
    /// The model's tier; none: the router chooses.
    #[prop(into)]
    tier: Option<Tier>,
    /// Whether it runs on this machine.
    #[prop(optional)]
    local: bool,
    /// Sets its size.
    #[prop(default = "size-4")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg class=class viewBox="0 0 16 16" fill="none" aria-hidden="true" inner_html=glyph(tier, local)></svg>
    }
}

fn glyph(tier: Option<Tier>, local: bool) -> String {
    let corners = match tier {
        None => {
            return r#"<path d="M2.5 3 8 12.8 13.5 3" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/><circle cx="8" cy="12.3" r="2.2" fill="hsl(var(--primary))"/>"#.to_owned();
        }
        Some(Tier::Fast) => "8,3 13.2,12 2.8,12",
        Some(Tier::Balanced) => "8,2.6 13.6,8.2 8,13.8 2.4,8.2",
        Some(Tier::Powerful) => "8,2.6 13.33,6.47 11.29,12.73 4.71,12.73 2.67,6.47",
    };
    let dashes = if local { r#" stroke-dasharray="2.2 1.6""# } else { "" };
    format!(
        r#"<polygon points="{corners}" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round"{dashes}/>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_tell_tiers_and_places_apart() {
        assert_ne!(glyph(Some(Tier::Fast), false), glyph(Some(Tier::Powerful), false));
        assert!(glyph(Some(Tier::Balanced), true).contains("stroke-dasharray"));
        assert!(glyph(None, false).contains("<circle"));
    }

    #[test]
    fn an_icon_is_hidden_from_screen_readers() {
        let html = Icon::Search.svg("size-4").to_html();
        assert!(html.contains(r#"aria-hidden="true""#) && html.contains("<circle"), "{html}");
    }
}
