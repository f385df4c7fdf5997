// Runs before anything else in a preview's frame. It takes away what a content security policy does not stop: WebRTC,
// nested frames, resource hints and refreshes, by whatever way they are made. It is hardening, not the boundary, which is
// the frame's process, origin and policy; docs/SECURITY.md says what each of them is for. Markup that stands in the
// response itself passes it by: artifacts come by message, and never in there.
// `__rt_base` is where our own scripts are; `__clean` is used by hand where Trusted Types are missing.
const __clean=(()=>{'use strict';const A=Reflect.apply,S=String.prototype,{charCodeAt:cc,slice:sl,indexOf:ix,lastIndexOf:li,toLowerCase:lc}=S,D=Document.prototype,def=Object.defineProperty;
const bad={__proto__:null,iframe:1,frame:2,frameset:1,object:1,embed:2,portal:1,fencedframe:1,link:2,meta:2,base:2,applet:1};
const name=q=>{q=A(lc,q+'',[]);const k=A(li,q,[':']);return k<0?q:A(sl,q,[k+1])};            // XML prefixes too
for(const k of ['RTCPeerConnection','webkitRTCPeerConnection','XSLTProcessor','WebTransport'])def(window,k,{value:undefined,writable:false,configurable:false});
const clean=s=>{s+='';let o='',i=0;for(;;){const p=A(ix,s,['<',i]);if(p<0)return o+A(sl,s,[i]);let e=p+1;if(s[e]==='/')e++;const b=e;for(;e<s.length;e++){const c=A(cc,s,[e]);if(c<=32||c===47||c===62)break}
  const w=A(sl,s,[b,e]),n=name(w);o+=A(sl,s,[i,b])+(bad[n]===2?'wbr':bad[n]||n==='!entity'?'x-blocked':w);i=e}};    // !entity: XML entities can spell a tag; void ones become wbr
globalThis.trustedTypes?.createPolicy('default',{createHTML:clean,createScript:(s,t,sink)=>A(ix,A(lc,sink+'',[]),['href'])<0?s:null,createScriptURL:s=>A(ix,s+'',[__rt_base])===0?s:null});
const ce=D.createElement,cn=D.createElementNS,I=DOMImplementation.prototype,cx=I.createDocument;   // t+='' once: an object may answer differently the second time
def(D,'createElement',{value(t,o){t+='';return A(ce,this,bad[name(t)]?['x-blocked']:[t,o])}});def(D,'createElementNS',{value(n,t,o){t+='';return A(cn,this,bad[name(t)]?[n,'x-blocked']:[n,t,o])}});def(I,'createDocument',{value(n,t,d){t=t==null?'':t+'';return A(cx,this,[n,bad[name(t)]?'x-blocked':t,d??null])}});
const cd=CustomElementRegistry.prototype.define;def(CustomElementRegistry.prototype,'define',{value(n,c){return A(cd,this,[n,c])}});   // no {extends:'iframe'}
return clean;})();
