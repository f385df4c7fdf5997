/* What is done before the page wakes is done then. If it never does, forms go the old way. */
(d=>{
let kept=[],typed=new Map,sent=new Map,busy=[],state=0,
send=f=>f.querySelector('[type=submit]'),
area=f=>f.querySelector('textarea'),
say=(t,v)=>{if(t.value!=v)t.value=v;t.dispatchEvent(new Event('input',{bubbles:true}))},
keep=(e,t,f)=>{
e.preventDefault();
if(kept.length>49||sent.has(f))return;
kept.push([e,t,f]);
if(f)sent.set(f,area(f)?.value);
setTimeout(()=>{if(!state&&t.type){t.ariaBusy='true';busy.push(t)}},300)
},
hear=e=>{
let t=e.target,n=e.type,k=e.key,main=e.ctrlKey||e.metaKey,f=t.form,own=f&&t==area(f);
if(!e.isTrusted||state>1)return;
if(n=='submit')state&&t.hasAttribute('action')||keep(e,e.submitter||t,t);
else if(state);
else if(n=='click')(t=t.closest('button:not([type=submit])'))&&keep(e,t);
else if(n=='input'){
typed.set(t,t.value);
if(own)send(f).disabled=!t.value.trim()
}else if(e.isComposing||e.keyCode==229||e.altKey);
else if(k=='Enter'&&own){
if(!e.shiftKey&&(main||!matchMedia('(pointer:coarse)').matches))t.value.trim()?keep(e,send(f),f):e.preventDefault()
}else if(k=='Escape'||main&&/^[kO/.SFC]$/.test(k))keep(e,t)
},
end=n=>{state=n;busy.map(t=>t.ariaBusy=null)},
quit=()=>{if(!state){end(1);sent.forEach((v,f)=>f.hasAttribute('action')&&f.submit())}},
play=()=>{
typed.forEach((v,t)=>say(t,v));
kept.map(([e,t,f])=>{
if(f){
let a=area(f),v=sent.get(f),all=a?.value,more=a&&all!=v&&all.startsWith(v);
more&&say(a,v);
f.requestSubmit(t==send(f)?t:null);
more&&say(a,all.slice(v.length))
}else if(performance.now()-e.timeStamp<1e4)(t.isConnected?t:d.body).dispatchEvent(new e.constructor(e.type,e))
})
};
['click','keydown','input','submit'].map(n=>addEventListener(n,hear,true));
addEventListener('unhandledrejection',quit);
addEventListener('error',e=>{if(e.message||e.target.tagName=='SCRIPT')quit()},true);
new MutationObserver((l,o)=>{o.disconnect();end(2);setTimeout(play)}).observe(d.documentElement,{attributeFilter:['data-hydrated']})
})(document)
