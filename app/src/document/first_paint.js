/* Tells the server, by cookie, what only the browser knows, and paints the right colours: before anything is seen, and when the system changes. */
(function(){
var q=matchMedia('(prefers-color-scheme: dark)'),s='; path=/; max-age=31536000; samesite=lax';
function paint(){
var d=q.matches,m=document.cookie.match(/(?:^|; )theme=(\w+)/),t=m?m[1]:'system';
document.documentElement.classList.toggle('dark',t==='dark'||(t!=='light'&&d));
document.cookie='system_dark='+(d?1:0)+s;
}
paint();
q.addEventListener('change',paint);
document.cookie='utc_offset='+(-new Date().getTimezoneOffset())+s;
})()
