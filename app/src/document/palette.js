/* Loads the palette, and what it says, when its keys are pressed first. */
(d=>{
let {palette,texts}=d.currentScript.dataset,mac=/Macintosh|iPhone|iPad/.test(navigator.userAgent),loading;
addEventListener('keydown',e=>{
let key=e.key.toLowerCase(),
which=e.shiftKey&&key=='c'?'copy':key=='/'?'keys':!e.shiftKey&&key=='k'?'open':'';
if(!which||e.defaultPrevented||e.isComposing||e.keyCode==229||e.altKey||(mac?!e.metaKey||e.ctrlKey:!e.ctrlKey||e.metaKey))return;
e.preventDefault();
loading??=Promise.all([import(palette),import(texts)]).then(([p,t])=>p.start(t.default));
loading.then(p=>p[which](),()=>{loading=null})
})
})(document)
