/* Makes the pages before the app kinder; they are whole without it. */
(function(s){
var d=document,f=d.forms[0];
if(!f)return;
var id=function(i){return d.getElementById(i)},p=id('password'),b=f.querySelector('[type=submit]'),
eye=id('password-show'),hint=id('password-hint'),caps=id('password-caps'),wait=+b.dataset.wait,label=b.textContent,end=Date.now()+wait*1e3;
eye.hidden=false;
eye.onclick=function(){
var on=p.type=='password';
p.type=on?'text':'password';
eye.setAttribute('aria-pressed',on);
eye.setAttribute('aria-label',on?eye.dataset.hide:eye.dataset.show);
eye.querySelectorAll('span').forEach(function(i){i.toggleAttribute('hidden')});
p.focus();
};
p.onkeydown=p.onkeyup=function(e){caps.hidden=!(e.getModifierState&&e.getModifierState('CapsLock'))};
if(hint)p.oninput=function(){
var n=Array.from(p.value).length,t=hint.dataset;
hint.textContent=n?n<+t.enough?t.some.replace('{count}',n):t.long:t.none;
};
f.onsubmit=function(e){
if(b.getAttribute('aria-busy'))return e.preventDefault();
b.setAttribute('aria-busy','true');
p.type='password';
};
addEventListener('pageshow',function(e){if(e.persisted)location.reload()});
if(wait){
b.disabled=true;
(function tick(){
var n=Math.ceil((end-Date.now())/1e3);
if(n>0){b.textContent=b.dataset.later.replace('{seconds}',n);return setTimeout(tick,200)}
b.textContent=label;b.disabled=false;
if(id('paused'))id('paused').remove();
})();
}
f.addEventListener('input',function(){
[['modulepreload',s.script],['prefetch',s.wasm,'fetch'],['prefetch',s.texts,'script']].forEach(function(l){
var e=d.createElement('link');
e.rel=l[0];
if(l[2])e.as=l[2];
if(l[2]=='fetch')e.crossOrigin='';
e.href=l[1];
d.head.append(e);
});
},{once:true});
})(document.currentScript.dataset)
