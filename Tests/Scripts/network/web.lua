-- http.httpd and http.httpc against each other, and each against bytes written by hand.
-- Ends in `TEST OK web` or `TEST FAILED web: why`.

local skynet = require "skynet"
local cases = require "cases"
local socket = require "skynet.socket"
local httpd = require "http.httpd"
local httpc = require "http.httpc"
local sockethelper = require "http.sockethelper"
local urllib = require "http.url"

local HOST = "127.0.0.1"

-- Serves each connection with `serve(fd)`.
local function listen(serve)
	local listener, _, port = socket.listen(HOST, 0)
	socket.start(listener, function(fd)
		socket.start(fd)
		serve(fd)
		socket.close(fd)
	end)
	return listener, port
end

-- Answers requests with `respond(url, method, header, body)` -> status, body, header.
local function serve_http(respond, limit)
	return listen(function(fd)
		local status, url, method, header, body = httpd.read_request(sockethelper.readfunc(fd), limit)
		if status == 200 then
			httpd.write_response(sockethelper.writefunc(fd), respond(url, method, header, body))
		elseif status then
			httpd.write_response(sockethelper.writefunc(fd), status)
		end
	end)
end

-- Everything that comes back for some bytes.
local function exchange(port, bytes)
	local fd = assert(socket.open(HOST, port))
	socket.write(fd, bytes)
	local answer = socket.readall(fd)
	socket.close(fd)
	return answer
end

local CASE = {}

function CASE.requests_have_a_body_and_header()
	local listener, port = serve_http(function(url, method, header, body)
		return 200, table.concat({ method, url, header["x-one"] or "-", body }, " "), { ["X-Two"] = { "a", "b" } }
	end)
	local host = HOST .. ":" .. port
	local received = {}
	local status, body = httpc.request("POST", host, "/path", received, { ["X-One"] = "1" }, "content")
	assert(status == 200 and body == "POST /path 1 content")
	assert(received["x-two"][1] == "a" and received["x-two"][2] == "b")
	status, body = httpc.get("http://" .. host, "/")
	assert(status == 200 and body == "GET / - ")
	status, body = httpc.post(host, "/form", { ["a b"] = "c&d" })
	assert(status == 200 and body == "POST /form - a%20b=c%26d", body)
	assert(httpc.head(host, "/") == 200)
	socket.close(listener)
end

function CASE.writes_requests_to_the_byte()
	local seen
	local listener, port = listen(function(fd)
		seen = socket.readline(fd, "\r\n\r\n")
		socket.write(fd, "HTTP/1.1 204 No Content\r\n\r\n")
	end)
	local host = HOST .. ":" .. port
	assert(httpc.get(host, "/x") == 204)
	assert(seen == ("GET /x HTTP/1.1\r\nhost:%s\r\nContent-length:0"):format(host))
	local header = {}
	httpc.get(host, "/x", nil, header)
	assert(header.Host == host)
	assert(seen == ("GET /x HTTP/1.1\r\nHost:%s\r\nContent-length:0"):format(host))
	socket.close(listener)
end

function CASE.writes_responses_to_the_byte()
	local parts
	local listener, port = serve_http(function(url)
		if url == "/chunks" then
			parts = { "hello ", "", "world" }
			return 200, function()
				return table.remove(parts, 1)
			end
		end
		return 799, url == "/text" and "text" or nil
	end)
	assert(exchange(port, "GET /text HTTP/1.1\r\n\r\n") == "HTTP/1.1 799 \r\ncontent-length: 4\r\n\r\ntext")
	assert(exchange(port, "GET /nothing HTTP/1.0\r\n\r\n") == "HTTP/1.1 799 \r\n\r\n")
	assert(exchange(port, "GET /chunks HTTP/1.1\r\n\r\n")
		== "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n")
	local status, body = httpc.get(HOST .. ":" .. port, "/chunks")
	assert(status == 200 and body == "hello world")
	socket.close(listener)
end

function CASE.refuses_what_it_does_not_understand()
	local listener, port = serve_http(function(_, _, header, body)
		return 200, tostring(header["x-trailer"]) .. body
	end, 100)
	local function status(request)
		return exchange(port, request):match "^HTTP/1.1 (%d+)"
	end
	assert(status "GET / HTTP/2.0\r\n\r\n" == "505")
	assert(status "nonsense\r\n\r\n" == nil)
	assert(status "GET / HTTP/1.1\r\nno colon here\r\n\r\n" == "400")
	assert(status "GET / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n" == "501")
	assert(status "POST / HTTP/1.1\r\ncontent-length: 101\r\n\r\n" == "413")
	assert(status("GET / HTTP/1.1\r\nx: " .. ("y"):rep(9000)) == "413")
	assert(status "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n" == "413")
	assert(status "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n" == "413")
	local answer = exchange(port, "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
		.. "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Trailer: late\r\n\r\n")
	assert(answer:find "lateabcde$")
	socket.close(listener)
end

-- What a hostile client sends first must not be taken for a request, and must not cost the next client anything.
function CASE.hostile_request_lines_are_refused()
	local served = 0
	local listener, port = serve_http(function()
		served = served + 1
		return 200, "fine"
	end)
	for _, line in ipairs {
		"", " ", "GET", "GET /", "GET / HTTP", "GET / HTTP/", "GET / HTTP/1", "GET / HTTP/1.1.1", "GET / HTTP/x.y",
		"G3T / HTTP/1.1", "GET\0/ HTTP/1.1", "\22\3\1\2\0\1\0\1\xfc\3\3", "GET / http/1.1", "GET / HTTP/-1.1",
		"GET / HTTP/1.1 trailing", ("\xff"):rep(100), "GET / HTTP/0x1.1", "GET / HTTP/99999999999999999999",
	} do
		local answer = exchange(port, line .. "\r\nhost: x\r\n\r\n")
		assert(not answer or not answer:find "200", line)
	end
	assert(served == 0)
	assert(exchange(port, "GET /" .. ("a"):rep(9000)):match "^HTTP/1.1 413")
	assert(exchange(port, ("GET / HTTP/1.1\r\n" .. ("x: y\r\n"):rep(3000))):match "^HTTP/1.1 413")
	assert(httpc.get(HOST .. ":" .. port, "/") == 200 and served == 1)
	socket.close(listener)
end

-- Servers may be hostile too.
function CASE.hostile_responses_are_errors()
	local answer
	local listener, port = listen(function(fd)
		socket.readline(fd, "\r\n\r\n")
		socket.write(fd, answer)
	end)
	for expected, bytes in pairs {
		["Recv header failed"] = "HTTP/1.1 200 OK\r\n" .. ("x: y\r\n"):rep(3000),
		["Invalid HTTP response header"] = "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		["Unsupport transfer%-encoding"] = "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
		["Invalid response body"] = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
		["Socket Error"] = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
	} do
		answer = bytes
		local ok, why = pcall(httpc.get, HOST .. ":" .. port, "/")
		assert(not ok and tostring(why):find(expected), expected .. ": " .. tostring(why))
	end
	for _, bytes in ipairs { "", "HTTP/1.1", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n" } do
		answer = bytes
		assert(not pcall(httpc.get, HOST .. ":" .. port, "/"), bytes)
	end
	socket.close(listener)
end

function CASE.takes_a_length_as_lua_takes_a_number()
	local httpd = require "http.httpd"
	local function read(fields, limit)
		local parts = { "POST / HTTP/1.1\r\n" .. fields .. "\r\nabcde", "fghij" }
		return httpd.read_request(function() return table.remove(parts, 1) or error "closed" end, limit)
	end
	local function body(length)
		local code, _, _, _, text = read("content-length: " .. length .. "\r\n")
		return code == 200 and text
	end
	for length, expected in pairs {
		["abc"] = "abcde", [""] = "abcde", ["1, 1"] = "abcde", ["1 1"] = "abcde",
		["3.0"] = "abc", ["0x3"] = "abc", ["+3"] = "abc", [" 3 "] = "abc", ["0"] = "", ["1e1"] = "abcdefghij",
		["-1"] = "abcde", ["-3"] = "abc", ["10"] = "abcdefghij",
	} do
		assert(body(length) == expected, length .. ": " .. tostring(body(length)))
	end
	assert(select(5, read "content-length: 1\r\ncontent-length: 2\r\n") == "abcde")
	for _, length in ipairs { "3.5", "1e300", "0x1p-1", "99999999999999999999" } do
		local code, why = read("content-length: " .. length .. "\r\n")
		assert(code == nil and why:find "number has no integer representation", length .. ": " .. tostring(why))
	end
	assert(read("content-length: 99999999999999999999\r\n", 100) == 413)
	assert(read("content-length: 5\r\n", 5) == 200 and read("content-length: 6\r\n", 5) == 413)
end

function CASE.reads_fields_that_repeat_or_go_on()
	local seen
	local listener, port = serve_http(function(_, _, header)
		seen = header
		return 200
	end)
	exchange(port, "GET / HTTP/1.1\r\nA: 1\r\na: 2\r\nLong: begin\r\n\t end\r\n\r\n")
	assert(seen.a[1] == "1" and seen.a[2] == "2")
	assert(seen.long == "begin end")
	socket.close(listener)
end

function CASE.reads_bodies_that_end_with_the_connection()
	local listener, port = listen(function(fd)
		socket.readline(fd, "\r\n\r\n")
		socket.write(fd, "HTTP/1.0 200 OK\r\n\r\nuntil the ")
		skynet.yield()
		socket.write(fd, "end")
	end)
	local status, body = httpc.get(HOST .. ":" .. port, "/")
	assert(status == 200 and body == "until the end")
	socket.close(listener)
end

local STREAMED = {
	["/chunks"] = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: yes\r\n\r\n",
	["/length"] = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcdefg",
	["/nothing"] = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
	["/204"] = "HTTP/1.1 204 No Content\r\n\r\n",
	["/lost"] = "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nabcde",
	["/endless"] = "HTTP/1.1 200 OK\r\n\r\nabcde",
	["/garbage"] = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
}

-- The parts of a stream, joined, what it ended with, and the stream.
local function gather(port, url)
	local parts, received = {}, {}
	local stream = httpc.request_stream("GET", HOST .. ":" .. port, url, received)
	assert(stream.connected == true and stream.header == received)
	local ok, why = pcall(function()
		for part, same in stream do
			assert(same == stream)
			parts[#parts + 1] = part
		end
	end)
	return table.concat(parts, "|"), ok or why, stream
end

function CASE.streams_hand_out_parts()
	local listener, port = listen(function(fd)
		socket.write(fd, STREAMED[socket.readline(fd, "\r\n\r\n"):match "^GET (%S+)"])
	end)
	local text, ended, stream = gather(port, "/chunks")
	assert(text == "abc|de|" and ended == true and stream.connected == nil)
	assert(stream.status == 200 and stream.header["x-late"] == "yes")
	local part, same = stream()
	assert(part == nil and same == stream and stream:padding() == nil)
	text, ended, stream = gather(port, "/length")
	assert(text:gsub("|", "") == "abcde" and ended == true and stream.connected == nil)
	for _, url in ipairs { "/nothing", "/204" } do
		local first <close> = httpc.request_stream("GET", HOST .. ":" .. port, url)
		assert(first() == "" and first() == nil and first.connected == nil, url)
	end
	text, ended, stream = gather(port, "/garbage")
	assert(text == "abc" and ended == true and stream.connected == false)
	-- Where the connection ends the stream, it raises, and goes on raising.
	for _, url in ipairs { "/lost", "/endless" } do
		text, ended, stream = gather(port, url)
		assert(text:gsub("|", "") == "abcde" and stream.connected == true, url)
		assert(ended == sockethelper.socket_error and tostring(ended):find "read failed fd = %d+", url)
		assert(not pcall(stream))
		stream:close()
	end
	socket.close(listener)
end

function CASE.streams_may_take_their_time()
	local listener, port = listen(function(fd)
		socket.readline(fd, "\r\n\r\n")
		socket.write(fd, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na")
		skynet.sleep(130)
		socket.write(fd, "b")
	end)
	httpc.timeout = 100
	local text, ended = gather(port, "/")
	httpc.timeout = nil
	assert(ended == true and text == "a|b")
	socket.close(listener)
end

-- A megabyte that nobody wants, from a client that reads only when all is over: the answer is still there.
function CASE.refused_bodies_do_not_eat_the_answer()
	local over, token
	local listener, _, port = socket.listen(HOST, 0)
	socket.start(listener, function(fd)
		socket.start(fd)
		local status = httpd.read_request(sockethelper.readfunc(fd), 1000)
		httpd.write_response(sockethelper.writefunc(fd), status)
		socket.close(fd)
		over = true
		skynet.wakeup(token)
	end)
	for _, before in ipairs { "content-length: 1000000", "transfer-encoding: chunked\r\n\r\nf4240", "no colon here" } do
		over, token = false, {}
		local fd = assert(socket.open(HOST, port))
		socket.pause(fd)
		socket.write(fd, "POST / HTTP/1.1\r\n" .. before .. "\r\n\r\n")
		for _ = 1, 10 do
			socket.write(fd, ("x"):rep(100000))
		end
		if not over then
			skynet.wait(token)
		end
		-- Whatever the network does to the connection has happened by now.
		skynet.sleep(5)
		local answer = socket.readall(fd)
		assert(answer and answer:find "^HTTP/1.1 4", before)
		socket.close(fd)
	end
	socket.close(listener)
end

function CASE.failures_are_raised()
	local listener, port = listen(function(fd)
		socket.readline(fd, "\r\n\r\n")
		socket.write(fd, "not http at all\r\n\r\n")
	end)
	local host = HOST .. ":" .. port
	local ok, why = pcall(httpc.get, host, "/")
	assert(not ok and why:find "assertion failed!")
	ok, why = pcall(httpc.request_stream, "GET", host, "/")
	assert(not ok and why:find "assertion failed!")
	socket.close(listener)
	ok, why = pcall(httpc.get, host, "/")
	assert(not ok and why == sockethelper.socket_error)
	assert(why.err_info:find "^connect failed")
	assert(tostring(why):find "^%[Socket Error%] : connect failed" and tostring(why) == "[Socket Error]")
	ok, why = pcall(httpc.get, "::1", "/")
	assert(not ok and why:find("Invalid host: bare IPv6 address '::1', use '[::1]' instead", 1, true))
	ok, why = pcall(httpc.get, "gopher://x", "/")
	assert(not ok and why:find "Invalid protocol: gopher")
end

function CASE.gives_up_when_the_time_is_over()
	local silent = {}
	local listener, port = listen(function()
		skynet.wait(silent)
	end)
	httpc.timeout = 5
	local ok, why = pcall(httpc.get, HOST .. ":" .. port, "/")
	httpc.timeout = nil
	assert(not ok and why == sockethelper.socket_error)
	skynet.wakeup(silent)
	socket.close(listener)
end

function CASE.takes_urls_apart()
	local path, query = urllib.parse "/a%20b+c?x=1&y=%26&x=2&z"
	assert(path == "/a b c" and query == "x=1&y=%26&x=2&z")
	local values = urllib.parse_query(query)
	assert(values.x[1] == "1" and values.x[2] == "2" and values.y == "&" and values.z == nil)
	path, query = urllib.parse "/p"
	assert(path == "/p" and query == "")
	assert(next(urllib.parse_query(query)) == nil and next(urllib.parse_query(nil)) == nil)
	values = urllib.parse_query "a=1&b&c=2"
	assert(values.a == "1" and values["b&c"] == "2")
	values = urllib.parse_query "=5"
	assert(values[""] == "5")
end

cases.report("web", function()
	cases.run(CASE)
end)
