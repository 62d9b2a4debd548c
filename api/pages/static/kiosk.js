// The kiosk: nobody's data stays when nobody is there; keys to type with; a document that is read by itself; printing.
(function () {
  "use strict";
  var footer = document.querySelector("[data-idle]");
  var opened = Date.now(), touched = opened;

  // A page that comes back from the browser's memory is somebody else's.
  window.addEventListener("pageshow", function (event) { if (event.persisted) { document.body.hidden = true; location.replace("/kiosk"); } });

  function held() {
    var hold = document.querySelector("[data-hold]");
    if (!hold) return false;
    return !hold.dataset.hold || Date.now() - opened < 1000 * hold.dataset.hold;
  }
  function tell(seconds) {
    Array.prototype.forEach.call(document.querySelectorAll("#idle b, #still-there b"), function (one) { one.textContent = seconds; });
  }
  function still(asked) { // nothing else can be touched while the question stands
    Array.prototype.forEach.call(document.body.children, function (one) { if (one.id !== "still-there") one.inert = asked; });
  }
  function touch() {
    touched = Date.now();
    var box = document.getElementById("still-there");
    if (box && !box.hidden) { box.hidden = true; still(false); }
  }
  function tick() {
    if (held()) { touch(); document.getElementById("idle").hidden = true; return; }
    document.getElementById("idle").hidden = false;
    var left = Math.ceil(footer.dataset.idle - (Date.now() - touched) / 1000);
    tell(Math.max(left, 0));
    var box = document.getElementById("still-there");
    if (left <= 0) {
      clearInterval(timer);
      document.getElementById("main").textContent = "";
      document.getElementById("end").submit();
    } else if (left <= 20 && box.hidden) {
      box.hidden = false;
      still(true);
      document.getElementById("stay").focus();
    }
  }
  var timer = null;
  if (footer) {
    ["pointerdown", "keydown", "input"].forEach(function (name) { document.addEventListener(name, touch, true); });
    timer = setInterval(tick, 250);
    tick();
  }

  // The document on the reader.
  var poll = document.querySelector("form[data-poll]");
  function look() {
    fetch(poll.action, { method: "POST", credentials: "same-origin", headers: { "X-Look": "1" } }).then(function (answer) {
      if (answer.status === 204) return setTimeout(look, 800);
      if (answer.redirected) return location.replace(answer.url);
      poll.submit(); // something to be said: the page says it
    }).catch(function () { setTimeout(look, 3000); });
  }
  if (poll) setTimeout(look, 300);

  // Keys on the screen, for whoever has no others.
  var pad = document.querySelector(".keypad"), field = document.querySelector("[data-keypad]");
  if (pad) {
    pad.hidden = false;
    field.setAttribute("inputmode", "none");
    pad.addEventListener("click", function (event) {
      var key = event.target.closest("button");
      if (!key) return;
      if ("letters" in key.dataset) {
        var letters = pad.querySelector(".letter-keys");
        letters.hidden = !letters.hidden;
        key.setAttribute("aria-expanded", String(!letters.hidden));
      } else if ("erase" in key.dataset) {
        field.value = field.value.slice(0, -1);
      } else if (field.value.length < field.maxLength) {
        field.value += key.dataset.type;
      }
      touch();
    });
  }

  // Paper: the page itself, or a file held in a frame for as long as it is printed.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (!button) return;
    if ("print" in button.dataset) window.print();
    if (button.dataset.printFile) {
      var frame = document.createElement("iframe");
      frame.className = "held";
      frame.title = button.textContent;
      frame.src = button.dataset.printFile;
      frame.addEventListener("load", function () { frame.contentWindow.focus(); frame.contentWindow.print(); });
      document.body.appendChild(frame);
      document.getElementById("printing").textContent = button.textContent + " …";
    }
  });
  var stay = document.getElementById("stay");
  if (stay) stay.addEventListener("click", touch);

  var refused = document.getElementById("refusal");
  if (refused) (document.querySelector("[aria-invalid=true]") || refused).focus();
})();
