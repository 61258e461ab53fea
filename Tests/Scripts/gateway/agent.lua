-- Accepts client: a packet `word rest`; the word says what to do (see CLIENT), an unknown one is sent back with `rest`.
-- Accepts lua: start(conf) and disconnect() from the watchdog; nothing() and tell(text) from itself.

local skynet = require "skynet"
local driver = require "skynet.socketdriver"
local memory = require "skynet.memory"

local client
local watchdog

local function tell(text)
	if #text > 65535 then
		driver.send_packet(client, text)
	else
		driver.send(client, string.pack(">s2", text))
	end
end

local CLIENT = {}

-- How many blocks of messages are alive in the node.
function CLIENT.blocks()
	tell(tostring(memory.block()))
end

-- Forgets a block, which nothing can free from then on.
function CLIENT.leak()
	skynet.pack "forgotten"
	tell "leaked"
end

-- How many sockets the driver knows.
function CLIENT.sockets()
	local count = 0
	for _ in pairs(driver.info()) do
		count = count + 1
	end
	tell(tostring(count))
end

function CLIENT.services()
	local count = 0
	for _ in pairs(skynet.call(".launcher", "lua", "LIST")) do
		count = count + 1
	end
	tell(tostring(count))
end

CLIENT["raise"] = function()
	error "asked to"
end

CLIENT["exit"] = function()
	skynet.exit()
end

function CLIENT.kick()
	skynet.send(watchdog, "lua", "close", client)
end

-- Computes without a pause for so many centiseconds.
function CLIENT.spin(ticks)
	local finish = skynet.hpc() + tonumber(ticks) * 10000000
	local rounds = 0
	repeat
		rounds = rounds + 1
	until skynet.hpc() > finish
	tell "spun"
end

-- So many packets of 65535 bytes, at once.
function CLIENT.flood(count)
	local packet = string.pack(">s2", ("f"):rep(65535))
	for _ = 1, tonumber(count) do
		driver.send(client, packet)
	end
end

-- So many packets of 8000 bytes at once, each with its number in front.
function CLIENT.numbers(count)
	for number = 1, tonumber(count) do
		driver.send(client, string.pack(">s2", string.format("%08d", number) .. ("n"):rep(7992)))
	end
end

-- One packet of so many bytes, or why it cannot be sent.
function CLIENT.packet(size)
	local ok, why = pcall(driver.send_packet, client, ("p"):rep(tonumber(size)))
	if not ok then
		tell(why)
	end
end

function CLIENT.log(word)
	skynet.error("client says " .. word)
end

-- What the driver knows of the client: `name=value`, sorted, headers by `header:name`.
function CLIENT.facts()
	local facts = driver.facts(client)
	local list = {}
	for name, value in pairs(facts.headers or {}) do
		table.insert(list, "header:" .. name .. "=" .. value)
	end
	facts.headers = nil
	for name, value in pairs(facts) do
		table.insert(list, name .. "=" .. value)
	end
	table.sort(list)
	tell(table.concat(list, " | "))
end

-- So many messages to itself, which wait until this handler has ended.
function CLIENT.overload(count)
	for _ = 1, tonumber(count) do
		skynet.send(skynet.self(), "lua", "nothing")
	end
	skynet.send(skynet.self(), "lua", "tell", "done")
end

-- Another service answers: any service may write to any socket.
function CLIENT.elsewhere(text)
	skynet.send(".helper", "lua", "write", client, text)
end

-- A call to a service that raises (`failing`) or exits (`leaving`).
function CLIENT.fail(how)
	local ok, why = pcall(skynet.call, ".helper", "lua", how)
	tell(tostring(ok) .. " " .. tostring(why):match "[^:]*$")
end

-- Sleeps, then answers.
function CLIENT.sleep(ticks)
	skynet.sleep(tonumber(ticks))
	tell("slept " .. ticks)
end

skynet.register_protocol {
	name = "client",
	id = skynet.PTYPE_CLIENT,
	unpack = skynet.tostring,
	dispatch = function(_, _, text)
		skynet.ignoreret()
		local word, rest = text:match "^(%a+) ?(%w*)$"
		local act = CLIENT[word]
		if act then
			act(rest)
		else
			tell(text)
		end
	end,
}

local CMD = {}

-- `forward_delay` centiseconds pass before the gate begins to read, as with an agent that looks something up first.
function CMD.start(conf)
	client, watchdog = conf.client, conf.watchdog
	local delay = tonumber(skynet.getenv "forward_delay")
	if delay then
		tell "lost: the gate does not know of an agent yet"
		skynet.sleep(delay)
	end
	skynet.call(conf.gate, "lua", "forward", client)
end

function CMD.disconnect()
	skynet.exit()
end

function CMD.nothing() end

CMD.tell = tell

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		skynet.retpack(CMD[cmd](...))
	end)
end)
