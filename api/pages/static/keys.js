// Keys for the hands that stay on the keyboard: an element says its key with data-key.
(function () {
  "use strict";
  function typing(element) {
    return /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) && element.type !== "checkbox";
  }
  function act(name) {
    var found = document.querySelector('[data-key="' + CSS.escape(name) + '"]');
    if (!found || found.disabled) return false;
    if (found.tagName === "INPUT") { found.focus(); found.select(); } else { found.click(); }
    return true;
  }
  function step(by) {
    var rows = Array.prototype.slice.call(document.querySelectorAll(".queue a"));
    if (!rows.length) return false;
    var here = rows.indexOf(document.activeElement);
    if (here < 0) here = rows.findIndex(function (row) { return row.hasAttribute("aria-current"); });
    rows[Math.min(Math.max(here + by, 0), rows.length - 1)].focus();
    return true;
  }
  document.addEventListener("keydown", function (event) {
    if (event.altKey || event.metaKey || event.isComposing) return;
    if (event.repeat && event.key !== "j" && event.key !== "k") return; // held down it is one wish
    var done = false;
    if (event.ctrlKey) {
      done = event.key === "Enter" && act("ctrl+enter");
    } else if (event.key === "Escape" && typing(event.target)) {
      event.target.blur();
    } else if (!typing(event.target)) {
      done = act(event.key) || (event.key === "j" && step(1)) || (event.key === "k" && step(-1));
    }
    if (done) event.preventDefault();
  });
  // What comes by itself is not put over what somebody is typing; it is still due at the page's next look.
  document.addEventListener("htmx:beforeSwap", function (event) {
    var here = document.activeElement, asked = event.detail.requestConfig.elt;
    if (asked === here || !typing(here) || !event.detail.target.contains(here)) return;
    if (here.value !== here.defaultValue) event.detail.shouldSwap = false; // a list to choose from has no default
  });
  var refused = document.getElementById("refusal");
  if (refused) {
    var wrong = document.querySelector("[aria-invalid=true]");
    (wrong || refused).focus();
  }
})();
