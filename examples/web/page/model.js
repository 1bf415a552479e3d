// The model in its worker: every call is a promise, and the steps of a run are events.

export class Model {
  constructor() {
    this.waiting = new Map();
    this.next = 0;
    this.on = {};  // 'progress' and 'step', by name
    this.worker = new Worker(new URL('worker.js', import.meta.url));
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of this.waiting.values()) reject(new Error(`The model stopped (${event.message}): reload the page.`));
      this.waiting.clear();
    };
  }

  receive(data) {
    if (data.event) return this.on[data.event]?.(data);
    const { resolve, reject } = this.waiting.get(data.id);
    this.waiting.delete(data.id);
    return 'error' in data ? reject(new Error(data.error)) : resolve(data.value);
  }

  // A function of worker.js.
  call(name, ...args) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, args });
    });
  }
}
