// A form is sent once, however often its button is pressed: a second one would be refused, and its answer shown.
(function () {
  "use strict";
  var LONG = 10000; // then it may be sent again: the answer was a file, which leaves the page where it is, or got lost
  var sent = new Map();
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (Date.now() - (sent.get(form) || 0) < LONG) return event.preventDefault();
    sent.set(form, Date.now());
  });
  window.addEventListener("pageshow", function () { sent.clear(); });
})();
