-- Every command of the debug console, spoken over a real connection, down to the layout of its answers.

local skynet = require "skynet"
require "skynet.manager"
local socket = require "skynet.socket"

local HOST <const> = "127.0.0.1"

---@type integer
local port

--- A console listens at a port the system chose; the list of sockets tells which.
local function start_console()
	local console = skynet.newservice("debug_console", 0)
	for _, info in ipairs(socket.netstat()) do
		if info.address == console and info.type == "LISTEN" then
			return tonumber(info.sock:match ":(%d+)$")
		end
	end
end

local function answer_of(fd)
	local lines = {}
	while true do
		local line = assert(socket.readline(fd, "\n"), "the console hung up")
		if line == "<CMD OK>" or line == "<CMD Error>" then
			return table.concat(lines, "\n"), line == "<CMD OK>"
		end
		lines[#lines + 1] = line
	end
end

local function run(fd, command)
	socket.write(fd, command .. "\n")
	return answer_of(fd)
end

local function connect()
	local fd = assert(socket.open(HOST, port))
	assert(socket.readline(fd, "\n") == "Welcome to skynet console")
	return fd
end

local function expect(fd, command, pattern, fails)
	local text, ok = run(fd, command)
	assert(ok == not fails, command .. ": wrong end mark, after: " .. text)
	assert(text:find(pattern), string.format("%s: %q does not match %q", command, text, pattern))
	return text
end

local function test_services(fd, me)
	expect(fd, "help", "list\t[^\n]+")
	expect(fd, "list", ":00000004\tsnlua cdummy\n")
	expect(fd, "stat", me .. "\tcpu:[%d.e-]+\tmessage:%d+\tmqlen:%d+\ttask:%d+")
	expect(fd, "mem 1000", me .. "\t[%d.]+ Kb %(snlua test_debug_console%)")
	expect(fd, "gc 1000", ":00000004\t[%d.]+ Kb %(snlua cdummy%)")
	expect(fd, "info " .. me, "^answer\t42$")
	expect(fd, "info :4", "^$")
	expect(fd, "ping " .. me, "^%d+$")
	expect(fd, "service", "^[^\n]*")
	expect(fd, "task " .. me, "thread: 0x%x+ session: %d+\t")
	expect(fd, "uniqtask " .. me, "%d+\tsessions:%[[%d,]+%]\n\t")
	expect(fd, "killtask " .. me .. " nothing", "^Not found$")
	expect(fd, "dbgcmd " .. me .. " PING", "^$")
	expect(fd, "trace " .. me .. " on", "^$")
	expect(fd, "trace " .. me .. " lua off", "^$")
	expect(fd, "trace " .. me .. " nothing on", "call failed", true)
	expect(fd, "signal " .. me .. " 1", "^$")
end

local function test_calls(fd, me)
	expect(fd, "call " .. me .. [[ "echo",{a=1,b="x"},nil,true]], "^1\ta:1\tb:x\n3\ttrue\nn\t3$")
	expect(fd, "call " .. me, "need arguments$", true)
	expect(fd, "call " .. me .. " x y", "Invalid arguments$", true)
	expect(fd, "call " .. me .. " skynet.exit()", "Invalid arguments$", true)
	expect(fd, "call " .. me .. [[ "fail"]], "call failed$", true)
end

local function test_starts(fd)
	local address = expect(fd, "start arguments 1 2", "^:%x+\targuments$"):match "^:0*(%x+)"
	expect(fd, "kill " .. address, "^:%x+\tsnlua arguments 1 2$")
	expect(fd, "kill :" .. address, "^:%x+\tnil$")
	expect(fd, "start no_such_service", "^Failed$")
	expect(fd, "start cmemory", "^Exit$")
	address = expect(fd, "log arguments", "^:%x+\targuments$"):match "^(:%x+)"
	expect(fd, "logon " .. address, "^$")
	expect(fd, "logoff " .. address, "^$")
	expect(fd, "exit " .. address, "^$")
end

local function test_inject(fd, me)
	local name = os.tmpname()
	local file = assert(io.open(name, "w"))
	file:write "print(SERVICE_NAME, ...) print(2) if ... == 'bad' then error 'deliberate' end"
	file:close()
	expect(fd, "inject " .. me .. " " .. name .. " x", "^test_debug_console\tx\n2$")
	expect(fd, "inject " .. me .. " " .. name .. " bad", "deliberate$", true)
	os.remove(name)
	expect(fd, "inject " .. me .. " " .. name, "^Can't open ")
end

local function test_node(fd)
	expect(fd, "getenv harbor", "^harbor\t0$")
	expect(fd, "getenv nothing", "^nothing\tnil$")
	expect(fd, "setenv new_key value", "^$")
	expect(fd, "getenv new_key", "^new_key\tvalue$")
	expect(fd, "setenv new_key other", "Can't setenv exist key : new_key$", true)
	expect(fd, "clearcache", "^$")
	expect(fd, "netstat", "^%d+\t[^\n]*address::%x+\t[^\n]*id:%d+")
	expect(fd, "cmem", "block\t%d+\ntotal\t%d+$")
	expect(fd, "jmem", "stats%.active\t *%d+  *[%d.]+ Mb")
	expect(fd, "profactive", "^heap profilling is %a+$")
end

local function test_mistakes(fd)
	expect(fd, "nonsense", "^Invalid command, type help for command list\n$", true)
	expect(fd, " \r", "^Invalid command, type help for command list\n$", true)
	expect(fd, "\nping .nobody", "^Not a valid name$", true)
	expect(fd, "ping xyz", "^Need an address$", true)
	expect(fd, "ping", "^Need an address$", true)
end

local function test_http()
	local fd = assert(socket.open(HOST, port))
	socket.write(fd, "GET /getenv/harbor HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n")
	assert(socket.readall(fd) == "Welcome to skynet console\nharbor\t0\n<CMD OK>\n")
	fd = assert(socket.open(HOST, port))
	socket.write(fd, "POST / HTTP/1.1\r\nContent-Length: 13\r\n\r\ngetenv harbor")
	assert(socket.readall(fd) == "Welcome to skynet console\nharbor\t0\n<CMD OK>\n")
end

local function ask(request)
	local fd = assert(socket.open(HOST, port))
	socket.write(fd, request)
	local answer = socket.readall(fd)
	socket.close(fd)
	return (assert(answer, "no answer"):gsub("^Welcome to skynet console\n", ""))
end

--- What a web page makes a browser send is not taken, nor what comes by a foreign name.
local function test_web_pages()
	local refused = {
		"Origin: http://example.com", "origin:null", "Referer: http://127.0.0.1:8000/", "Sec-Fetch-Site: cross-site",
		"Host: example.com", "HOST: 127.0.0.1.example.com:8000", "Host: x",
	}
	for _, field in ipairs(refused) do
		local body = "setenv written_by " .. (field:match "^%w+")
		local post = ("POST / HTTP/1.1\r\n%s\r\nContent-Length: %d\r\n\r\n%s"):format(field, #body, body)
		local answer = ask(post)
		assert(answer:find "^Refused: [^\n]+\n<CMD Error>\n$", field .. ": " .. answer)
		answer = ask(("GET /setenv/written_by/get HTTP/1.1\r\n%s\r\n\r\n"):format(field))
		assert(answer:find "^Refused: ", field .. ": " .. answer)
	end
	assert(skynet.getenv "written_by" == nil)
	-- The lines of a request of any other kind are no commands either.
	assert(ask "PUT /x HTTP/1.1\r\nOrigin: y\r\n\r\nsetenv written_by put\n":find "^Refused: ")
	assert(skynet.getenv "written_by" == nil)
	for _, field in ipairs { "Host: localhost:8000", "Host: [::1]:8000", "host: 10.0.0.7", "Sec-Fetch-Site: none" } do
		assert(ask(("GET /getenv/harbor HTTP/1.1\r\n%s\r\n\r\n"):format(field)) == "harbor\t0\n<CMD OK>\n", field)
	end
end

local function test_connection_limit()
	local fds = {}
	for i = 1, 63 do
		fds[i] = connect()
	end
	expect(fds[63], "getenv harbor", "^harbor\t0$")
	local last = connect()
	local extra = assert(socket.open(HOST, port))
	assert(socket.readall(extra) == "Too many connections\n<CMD Error>\n")
	socket.close(extra)
	socket.close(last)
	for _, fd in ipairs(fds) do
		socket.close(fd)
	end
	-- The places are free again once the console has noticed.
	repeat
		local fd = assert(socket.open(HOST, port))
		local line = socket.readline(fd, "\n")
		socket.close(fd)
	until line == "Welcome to skynet console"
end

--- Comes last: the password, once set, holds for every later connection.
local function test_password()
	skynet.setenv("debug_console_password", "open sesame")
	local fd = connect()
	expect(fd, "auth open sesame", "^$")
	expect(fd, "getenv harbor", "^harbor\t0$")
	for _, line in ipairs { "auth wrong", "auth open sesam", "auth open sesame!", "AUTH open sesame", "", "list", "GET /list HTTP/1.1\r\n\r" } do
		fd = connect()
		socket.write(fd, line .. "\n")
		assert(socket.readall(fd) == "Invalid password\n<CMD Error>\n")
	end
	-- Who says nothing is not waited for.
	local since = skynet.now()
	assert((socket.readall(connect()) or "") == "")
	assert(skynet.now() - since >= 900)
end

local function test()
	local me = skynet.address(skynet.self())
	port = start_console()
	assert(not pcall(skynet.newservice, "debug_console", HOST, port, "more"))
	skynet.info_func(function() return { answer = 42 } end)
	skynet.dispatch("lua", function(_, _, name, ...)
		assert(name == "echo")
		skynet.retpack(...)
	end)
	local fd = connect()
	test_services(fd, me)
	test_calls(fd, me)
	test_starts(fd)
	test_inject(fd, me)
	test_node(fd)
	test_mistakes(fd)
	socket.close(fd)
	test_http()
	test_web_pages()
	test_connection_limit()
	test_password()
end

skynet.start(function()
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK test_debug_console" or "TEST FAILED test_debug_console: " .. failure)
	skynet.abort()
end)
