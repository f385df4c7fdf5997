//! The pictures beside the text that is being written: chosen, pasted or dropped anywhere on the page.

use leptos::{ev, html, prelude::*, task::spawn_local};
use vertice_domain::{
    Image, ImageType, ModelChoice,
    content::{InvalidImage, MAX_IMAGE_BYTES, MAX_IMAGES},
};

use crate::{
    chat::{
        state::{Chat, use_chat},
        written::Picture,
    },
    strings::{fill, t},
    ui::{
        Icon,
        browser::{self, UserFile},
    },
};

/// The longest side of a picture that has to be made smaller, in pixels: enough to read a screenshot by.
const LONGEST_SIDE: u32 = 2_048;

/// The largest file that is read at all, in bytes: beyond any camera's picture.
const MAX_FILE_BYTES: f64 = 64.0 * 1024.0 * 1024.0;

/// The pictures of the composer.
#[derive(Clone, Copy)]
pub(super) struct Attached {
    chat: Chat,
    /// How many are being read.
    reading: RwSignal<usize>,
    /// Why some could not be taken.
    fault: RwSignal<Option<String>>,
    /// Whether files are held over the page.
    hovered: RwSignal<bool>,
}

impl Attached {
    /// Of the open conversation; takes what is dropped on the page until the owner is cleaned up.
    pub(super) fn new(chat: Chat) -> Self {
        let attached = Self {
            chat,
            reading: RwSignal::default(),
            fault: RwSignal::default(),
            hovered: RwSignal::default(),
        };
        attached.take_drops();
        let leaving = window_event_listener(ev::beforeunload, move |event| {
            // Their bytes are nowhere else: the browser asks before they are gone.
            if !chat.composer.pictures.with_untracked(Vec::is_empty) {
                event.prevent_default();
            }
        });
        on_cleanup(move || leaving.remove());
        attached
    }

    fn take_drops(self) {
        let over = window_event_listener(ev::dragover, move |event| {
            if browser::carries_files(&event) {
                event.prevent_default();
                self.hovered.set(true);
            }
        });
        let left = window_event_listener(ev::dragleave, move |event| {
            if event.related_target().is_none() {
                self.hovered.set(false);
            }
        });
        let dropped = window_event_listener(ev::drop, move |event| {
            if browser::carries_files(&event) {
                event.prevent_default();
                self.hovered.set(false);
                self.add(browser::dropped(&event));
            }
        });
        on_cleanup(move || {
            over.remove();
            left.remove();
            dropped.remove();
        });
    }

    /// Takes the pictures on the clipboard, if there are any; a text stays the field's.
    pub(super) fn paste(self, event: &ev::ClipboardEvent) {
        let files = browser::pasted(event);
        if !files.is_empty() {
            event.prevent_default();
            self.add(files);
        }
    }

    fn add(self, files: Vec<UserFile>) {
        self.fault.set(None);
        let room = MAX_IMAGES.saturating_sub(self.count());
        if files.len() > room {
            self.fault.set(Some(fill(t().composer.too_many_images, &[("count", &MAX_IMAGES.to_string())])));
        }
        let files: Vec<UserFile> = files.into_iter().take(room).collect();
        self.reading.update(|reading| *reading += files.len());
        let place = self.chat.place.open.get_untracked();
        spawn_local(async move {
            // One after the other: "the first image" is the one that was chosen first.
            for file in files {
                match read(&file).await {
                    Ok(picture) => self.chat.attach(place, picture),
                    Err(why) => self.fault.set(Some(told(&file.name(), why))),
                }
                self.reading.update(|reading| *reading -= 1);
            }
        });
    }

    fn count(self) -> usize {
        self.chat.composer.pictures.with_untracked(Vec::len) + self.reading.get_untracked()
    }

    /// Whether some are still being read. Subscribes.
    pub(super) fn is_reading(self) -> bool {
        self.reading.get() > 0
    }
}

/// Why a file could not be taken.
fn told(file: &str, why: InvalidImage) -> String {
    let fault = match why {
        InvalidImage::TooLarge => t().composer.image_too_large,
        _ => t().composer.image_unknown,
    };
    fill(t().composer.file_fault, &[("file", file), ("fault", fault)])
}

/// A picture that models can see. What is too large or of another form is made a smaller JPEG.
async fn read(file: &UserFile) -> Result<Picture, InvalidImage> {
    if file.size() > MAX_FILE_BYTES {
        return Err(InvalidImage::TooLarge);
    }
    let bytes = file.bytes().await.ok_or(InvalidImage::UnknownType)?;
    let image = if bytes.len() <= MAX_IMAGE_BYTES && ImageType::of(&bytes).is_some() {
        Image::from_bytes(&bytes)?
    } else {
        let url = file.to_jpeg(LONGEST_SIDE).await.ok_or(InvalidImage::UnknownType)?;
        Image::from_url(&url)?
    };
    Ok(Picture::new(&file.name(), image))
}

/// The pictures, and what is to be said of them; nothing while there are none.
#[component]
pub(super) fn Pictures(attached: Attached) -> impl IntoView {
    let chat = use_chat();
    let remove = move |place: usize| {
        chat.composer.pictures.update(|pictures| {
            if place < pictures.len() {
                pictures.remove(place);
            }
        });
        browser::focus_id(crate::chat::state::COMPOSER_FIELD);
    };
    let shown = move || {
        let (pictures, reading) = (chat.composer.pictures.get(), attached.is_reading());
        let something = reading || !pictures.is_empty();
        let tiles = pictures.into_iter().enumerate().map(|(place, picture)| {
            view! { <Tile picture=picture on_remove=Callback::new(move |()| remove(place)) /> }
        });
        let tiles = tiles.collect_view();
        something.then(|| {
            view! {
                <ul class="flex flex-wrap gap-2 px-4 pt-3" aria-label=t().composer.attached>
                    {tiles}
                    {reading.then(|| view! { <li class="skeleton size-14 rounded-lg" aria-label=t().composer.reading></li> })}
                </ul>
            }
        })
    };
    view! {
        {shown}
        {move || {
            let told = attached.fault.get().map(|why| ("alert", "text-destructive-text", why));
            told.or_else(|| unseen(chat).map(|why| ("status", "text-muted-foreground", why)))
                .map(|(role, color, why)| view! { <p role=role class=format!("px-4 pt-2 text-xs {color}")>{why}</p> })
        }}
        {move || {
            attached.hovered.get().then(|| {
                view! {
                    <div class="pointer-events-none absolute inset-0 z-10 grid place-items-center rounded-xl border-2 border-dashed border-primary bg-background/90 text-sm font-medium">
                        {t().composer.drop}
                    </div>
                }
            })
        }}
    }
}

/// What to say when the chosen model sees no pictures.
fn unseen(chat: Chat) -> Option<String> {
    if chat.composer.pictures.with(Vec::is_empty) {
        return None;
    }
    let ModelChoice::Named(id) = chat.composer.model.get() else { return None };
    let blind = chat.models.with(|models| models.iter().any(|model| model.id == id && !model.vision));
    blind.then(|| fill(t().composer.blind, &[("model", &chat.model_name(&id))]))
}

#[component]
fn Tile(picture: Picture, on_remove: Callback<()>) -> impl IntoView {
    view! {
        <li class="group relative">
            <img src=picture.url() alt=picture.name.to_string() class="size-14 rounded-lg border object-cover" />
            <button
                type="button"
                class="absolute -top-1.5 -right-1.5 after:absolute after:-inset-2.5 grid size-5 place-items-center rounded-full border bg-popover text-foreground shadow-sm hover:bg-muted"
                aria-label=fill(t().composer.remove_image, &[("name", &picture.name)])
                on:click=move |_| on_remove.run(())
            >
                {Icon::X.svg("size-3")}
            </button>
        </li>
    }
}

/// The button that opens the browser's choice of files.
#[component]
pub(super) fn AttachButton(attached: Attached) -> impl IntoView {
    let field: NodeRef<html::Input> = NodeRef::new();
    let open = move |_| {
        if let Some(field) = field.get_untracked() {
            field.click();
        }
    };
    let choose = move |_| {
        if let Some(field) = field.get_untracked() {
            attached.add(browser::chosen(&field));
        }
    };
    view! {
        <input node_ref=field type="file" accept="image/*" multiple hidden aria-label=t().composer.images_to_attach on:change=choose />
        <button
            type="button"
            class="btn btn-ghost btn-icon"
            aria-label=t().composer.attach
            data-tip=t().composer.attach
            data-tip-at="top"
            on:click=open
        >
            {Icon::Plus.svg("size-4")}
        </button>
    }
}
