// Looks again for a payer who waits, without throwing the page away under a screen reader: as soon as the server says
// that something moved, and where that does not get through, after a while. Without this the page refreshes itself
// (noscript), and a button or link does it by hand.
(function () {
  "use strict";
  var stream = null, timer = null;
  var main = document.getElementById("main"), shown = main.innerHTML;
  var missed = false; // something moved that could not be shown yet
  var pressed = false;
  ["pointerdown", "pointerup", "pointercancel"].forEach(function (name) {
    document.addEventListener(name, function () { pressed = name === "pointerdown"; }, true);
  });
  function waiting() { return document.querySelector("[data-look-after]"); }
  function address() { return waiting().dataset.look || location.pathname; }
  function typing() { return /^(INPUT|SELECT|TEXTAREA)$/.test((document.activeElement || {}).tagName); }
  function later() {
    clearTimeout(timer);
    if (!waiting()) { if (stream) stream.close(); return; }
    timer = setTimeout(function () { if (typing() || (heard() && !missed)) later(); else look(); }, 1000 * waiting().dataset.lookAfter);
  }
  function heard() { return stream && stream.readyState === 1; }
  function show(fresh) {
    if (fresh.innerHTML === shown) return;
    var here = document.activeElement, held = main.contains(here) ? here.outerHTML : null;
    main.innerHTML = shown = fresh.innerHTML;
    var again = held && Array.prototype.find.call(main.querySelectorAll(here.tagName), function (one) { return one.outerHTML === held; });
    if (again) again.focus();
  }
  function look() {
    if (!waiting()) return;
    missed = true;
    var to = address();
    fetch(to, { credentials: "same-origin" }).then(function (answer) {
      if (answer.redirected) return location.replace(answer.url);
      if ("stay" in waiting().dataset) { missed = false; return later(); } // a code to scan stays until it was paid
      return answer.text().then(function (text) {
        var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
        if (!fresh) return location.replace(to);
        if (pressed) return setTimeout(look, 200); // a press ends on what it began on
        if (typing()) return later();
        missed = false;
        show(fresh);
        later();
      });
    }).catch(later);
  }
  if (!waiting()) return;
  if (window.EventSource && waiting().dataset.watch) {
    stream = new EventSource(waiting().dataset.watch);
    stream.addEventListener("moved", function () { missed = true; if (typing()) later(); else look(); });
    stream.addEventListener("open", look); // what moved between the page and the stream
  }
  later();
})();
