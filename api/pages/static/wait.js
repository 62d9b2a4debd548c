// Looks again for a payer who waits, without throwing the page away under a screen reader: as soon as the server says
// that something moved, and where that does not get through, after a while. Without this the page refreshes itself
// (noscript), and a button or link does it by hand.
(function () {
  "use strict";
  var stream = null, timer = null;
  function waiting() { return document.querySelector("[data-look-after]"); }
  function address() { return waiting().dataset.look || location.pathname; }
  function typing() { return /^(INPUT|SELECT|TEXTAREA)$/.test((document.activeElement || {}).tagName); }
  function later() {
    clearTimeout(timer);
    if (!waiting()) { if (stream) stream.close(); return; }
    timer = setTimeout(function () { if (typing() || heard()) later(); else look(); }, 1000 * waiting().dataset.lookAfter);
  }
  function heard() { return stream && stream.readyState === 1; }
  function look() {
    if (!waiting()) return;
    var to = address();
    fetch(to, { credentials: "same-origin" }).then(function (answer) {
      if (answer.redirected) return location.replace(answer.url);
      if ("stay" in waiting().dataset) return later(); // a code to scan stays until it was paid
      return answer.text().then(function (text) {
        var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
        if (!fresh) return location.replace(to);
        document.getElementById("main").innerHTML = fresh.innerHTML;
        later();
      });
    }).catch(later);
  }
  if (!waiting()) return;
  if (window.EventSource && waiting().dataset.watch) {
    stream = new EventSource(waiting().dataset.watch);
    stream.addEventListener("moved", function () { if (typing()) later(); else look(); });
    stream.addEventListener("open", look); // what moved between the page and the stream
  }
  later();
})();
