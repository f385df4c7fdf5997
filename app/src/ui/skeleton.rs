//! What stands where text will be. Shown after 200 ms only; the parent says `aria-busy`.

use leptos::prelude::*;

/// Bars at text height.
#[component]
pub fn Skeleton(
    /// How many lines.
    #[prop(default = 3)]
    lines: usize,
) -> impl IntoView {
    const WIDTHS: [&str; 4] = ["w-11/12", "w-4/5", "w-full", "w-3/5"];
    view! {
        <div class="skeleton flex flex-col gap-3" aria-hidden="true">
            {(0..lines)
                .map(|line| {
                    let class = format!("h-4 rounded-sm bg-tint/8 {}", WIDTHS[line % WIDTHS.len()]);
                    view! { <div class=class></div> }
                })
                .collect_view()}
        </div>
    }
}
