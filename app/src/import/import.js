/* Sends the form with a view of how far it has come; the page is whole without it. */
(function(){
var d=document,f=d.forms[0],b=f.querySelector('button'),p=d.getElementById('progress'),bar=p.firstElementChild,
text=d.getElementById('progress-text'),report=d.getElementById('report');
function say(words,done,of,more){
text.textContent=words.replace('{percent}',of?Math.floor(done/of*100):0).replace('{count}',more||0);
if(of){bar.max=of;bar.value=done}else bar.removeAttribute('value');
}
function end(html){
b.removeAttribute('aria-busy');
p.hidden=true;
report.innerHTML=html;
var h=report.querySelector('h2,[role=alert]');
if(h){h.tabIndex=-1;h.focus()}
}
function failed(words){
end('<div role="alert" class="mt-6 rounded-lg border border-destructive/35 bg-destructive/6 p-3 text-sm"></div>');
report.firstChild.textContent=words;
}
f.onsubmit=function(e){
e.preventDefault();
if(b.getAttribute('aria-busy'))return;
b.setAttribute('aria-busy','true');
report.textContent='';
p.hidden=false;
var x=new XMLHttpRequest(),seen=0,last;
x.open('POST',f.action);
x.setRequestHeader('accept','application/x-ndjson');
x.upload.onprogress=function(e){if(e.lengthComputable)say(p.dataset.sending,e.loaded,e.total)};
x.upload.onload=function(){say(p.dataset.reading,0,0)};
function lines(){
var at;
while(x.status==200&&(at=x.responseText.indexOf('\n',seen))>=0){
last=JSON.parse(x.responseText.slice(seen,at));
seen=at+1;
if(last.progress)say(p.dataset.reading,last.progress.read,last.progress.of,last.progress.taken);
}
}
x.onprogress=lines;
x.onload=function(){
lines();
if(last&&last.html)return end(last.html);
var said='';
try{said=JSON.parse(x.responseText).detail}catch(_){}
failed(said||p.dataset.lost);
};
x.onerror=x.onabort=function(){failed(p.dataset.lost)};
say(p.dataset.sending,0,0);
x.send(new FormData(f));
};
})();
