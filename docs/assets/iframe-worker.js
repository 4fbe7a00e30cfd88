/* Search in a page that was opened from the disk: browsers start no worker there, so the worker's script runs in a hidden
   frame instead. Served by a web server, pages do not need this and it does nothing. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.srcdoc = "<!doctype html><title>search</title><body></body>";
      this.frame.addEventListener("load", () => this.begin(String(url)), { once: true });
      const place = () => document.body.append(this.frame);
      if (document.body) place(); else addEventListener("DOMContentLoaded", place);
    }

    begin(url) {
      const inside = this.frame.contentWindow;
      const load = (source) => new Promise((done) => {
        const script = inside.document.createElement("script");
        script.src = source;
        script.addEventListener("load", done);
        inside.document.body.append(script);
      });
      inside.importScripts = (...sources) => Promise.all(sources.map(load));
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      load(url).then(() => {
        const late = this.waiting;
        this.waiting = null;
        late.forEach((data) => this.postMessage(data));
      });
    }

    postMessage(data) {
      if (this.waiting) this.waiting.push(data);
      else this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }

    terminate() {
      this.frame.remove();
    }
  };
}
