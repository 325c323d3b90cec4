import Foundation

/// A page in a real browser, Chromium, that is told by its DevTools protocol what somebody does.
public enum Browser {
    public static let isHere = Machine.has("chromium") && Machine.has("python3")

    /// What somebody does, or wants to know.
    public struct Step: Encodable, Sendable {
        var evaluate: String?
        var click: String?
        var type: String?
        var press: String?
        var width: Int?
        var isDark: Bool?
        var picture: String?
        var names: Bool?

        /// The value of a JavaScript expression, as text, among ``Visit/values``.
        public static func evaluate(_ expression: String) -> Step { Step(evaluate: expression) }
        /// Clicks in the middle of the first element that a selector finds.
        public static func click(_ selector: String) -> Step { Step(click: selector) }
        /// Types where the focus is.
        public static func type(_ text: String) -> Step { Step(type: text) }
        /// Presses `Tab`, `Enter` or `Escape`.
        public static func press(_ key: String) -> Step { Step(press: key) }
        /// Looks through a window so many pixels wide, by day or by night.
        public static func look(width: Int, isDark: Bool) -> Step { Step(width: width, isDark: isDark) }
        /// Keeps a picture of the whole page, as PNG.
        public static func picture(_ path: String) -> Step { Step(picture: path) }
        /// What a screen reader has: a line `ROLE: NAME` for each button, field, link, heading and picture, as
        /// one text among ``Visit/values``.
        public static let names = Step(names: true)
    }

    public struct Visit: Decodable, Sendable {
        public let values: [String]
        /// What the browser's console says: errors, refusals, failed requests.
        public let complaints: [String]
    }

    /// - Parameter runsScripts: False is a browser in which scripts are off.
    public static func visit(_ address: String, runsScripts: Bool = true, _ steps: [Step]) throws -> Visit {
        struct Job: Encodable {
            let browser, profile, address: String
            let isRoot, runsScripts: Bool
            let steps: [Step]
        }
        let scratch = try Scratch()
        let job = Job(
            browser: Machine.path(of: "chromium") ?? "chromium", profile: try scratch.directory("profile"),
            address: address, isRoot: Machine.isRoot, runsScripts: runsScripts, steps: steps)
        let text = String(decoding: try JSONEncoder().encode(job), as: UTF8.self)
        return try JSONDecoder().decode(Visit.self, from: Data(mustRun("python3", ["-c", script, text]).utf8))
    }

    /// Its protocol runs over a pipe, JSON with a NUL after each message; the browser ends with the pipe.
    /// Of names it finds loopback alone.
    private static let script = #"""
        import base64, json, os, subprocess, sys
        job = json.loads(sys.argv[1])

        class Chromium:
            def __init__(self):
                from_us, (replies, to_us) = os.pipe(), os.pipe()
                def connect():
                    os.dup2(from_us[0], 50); os.dup2(to_us, 51)
                    os.dup2(50, 3); os.dup2(51, 4)
                    os.closerange(5, 64)
                arguments = [job['browser'], '--headless', '--remote-debugging-pipe', '--disable-gpu', '--no-first-run',
                    '--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage',
                    '--no-proxy-server', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
                    '--user-data-dir=' + job['profile']] + (['--no-sandbox'] if job['isRoot'] else [])
                self.process = subprocess.Popen(arguments, preexec_fn=connect, close_fds=False,
                    env={'PATH': os.environ['PATH'], 'HOME': job['profile'], 'LANG': 'C.UTF-8'},
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                os.close(from_us[0]); os.close(to_us)
                self.output, self.input = os.fdopen(from_us[1], 'wb', 0), os.fdopen(replies, 'rb', 0)
                self.rest, self.count, self.events, self.session = b'', 0, [], None
            def read(self):
                while b'\0' not in self.rest:
                    piece = self.input.read(65536)
                    if not piece: sys.exit('the browser ended, with status %s' % self.process.wait())
                    self.rest += piece
                message, self.rest = self.rest.split(b'\0', 1)
                return json.loads(message)
            def call(self, method, **parameters):
                self.count += 1
                message = {'id': self.count, 'method': method, 'params': parameters}
                if self.session: message['sessionId'] = self.session
                self.output.write(json.dumps(message).encode() + b'\0')
                while True:
                    answer = self.read()
                    if answer.get('id') == self.count:
                        if 'error' in answer: sys.exit('%s: %s' % (method, answer['error']))
                        return answer['result']
                    self.events.append(answer)
            def wait(self, method):
                while not any(event.get('method') == method for event in self.events): self.events.append(self.read())
            def evaluate(self, expression):
                answer = self.call('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
                if 'exceptionDetails' in answer: sys.exit('%s: %s' % (expression, answer['exceptionDetails']))
                value = answer['result'].get('value')
                return value if isinstance(value, str) else json.dumps(value)

        browser = Chromium()
        target = browser.call('Target.createTarget', url='about:blank')['targetId']
        browser.session = browser.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ['Page', 'Runtime', 'Log', 'Accessibility']: browser.call(domain + '.enable')
        browser.call('Emulation.setScriptExecutionDisabled', value=not job['runsScripts'])
        browser.call('Page.navigate', url=job['address'])
        browser.wait('Page.loadEventFired')

        values = []
        for step in job['steps']:
            if 'evaluate' in step: values.append(browser.evaluate(step['evaluate']))
            if 'click' in step:
                place = json.loads(browser.evaluate(
                    '(() => { const found = document.querySelector(%s); found.scrollIntoView({block: "center"});'
                    'const box = found.getBoundingClientRect();'
                    'return JSON.stringify([box.x + box.width / 2, box.y + box.height / 2]); })()'
                    % json.dumps(step['click'])))
                for kind in ['mousePressed', 'mouseReleased']:
                    browser.call('Input.dispatchMouseEvent', type=kind, x=place[0], y=place[1], button='left', clickCount=1)
            if 'type' in step: browser.call('Input.insertText', text=step['type'])
            if 'press' in step:
                code, text = {'Tab': (9, ''), 'Enter': (13, '\r'), 'Escape': (27, '')}[step['press']]
                for kind in ['keyDown', 'keyUp']:
                    browser.call('Input.dispatchKeyEvent', type=kind, key=step['press'], code=step['press'],
                        windowsVirtualKeyCode=code, **({'text': text} if text and kind == 'keyDown' else {}))
            if 'width' in step:
                browser.call('Emulation.setEmulatedMedia', features=[
                    {'name': 'prefers-color-scheme', 'value': 'dark' if step['isDark'] else 'light'}])
                browser.call('Emulation.setDeviceMetricsOverride', width=step['width'], height=800,
                    deviceScaleFactor=1, mobile=step['width'] < 500)
            if 'picture' in step:
                picture = browser.call('Page.captureScreenshot', format='png', captureBeyondViewport=True)
                with open(step['picture'], 'wb') as file: file.write(base64.b64decode(picture['data']))
            if 'names' in step:
                nodes = browser.call('Accessibility.getFullAXTree')['nodes']
                wanted = ['button', 'searchbox', 'link', 'heading', 'image', 'DisclosureTriangle']
                values.append('\n'.join('%s: %s' % (node['role']['value'], node.get('name', {}).get('value', ''))
                    for node in nodes if not node['ignored'] and node['role']['value'] in wanted))
        complaints = [json.dumps(event['params']) for event in browser.events if
            event.get('method') in ('Log.entryAdded', 'Runtime.exceptionThrown', 'Runtime.consoleAPICalled')]
        browser.session = None
        browser.call('Browser.close')
        browser.process.wait()
        print(json.dumps({'values': values, 'complaints': complaints}))
        """#
}
