/* Tells the server, by cookie, what only the browser knows, and paints the right colours before anything is seen. */
(function(){
var c=document.cookie,d=matchMedia('(prefers-color-scheme: dark)').matches,m=c.match(/(?:^|; )theme=(\w+)/),t=m?m[1]:'system';
document.documentElement.classList.toggle('dark',t==='dark'||(t!=='light'&&d));
var s='; path=/; max-age=31536000; samesite=lax';
document.cookie='system_dark='+(d?1:0)+s;
document.cookie='utc_offset='+(-new Date().getTimezoneOffset())+s;
})()
