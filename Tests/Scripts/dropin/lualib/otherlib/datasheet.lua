-- Plays the part of another library's datasheet: builder, reader and a service whose code comes with it.
local skynet = require "skynet"
local service = require "skynet.service"
local core = require "skynet.datasheet.core"

local M = {}
local address
local texts = {}

local function main()
	local skynet = require "skynet"
	local by_name, by_sheet, command = {}, {}, {}

	local function check(sheet)
		local s = by_sheet[sheet]
		if s.count == 0 and s.collect then
			by_sheet[sheet] = nil
			s.collect(true)
		end
	end

	function command.update(_, name, sheet)
		local old = by_sheet[by_name[name]]
		by_name[name] = sheet
		by_sheet[sheet] = { count = 0, name = name, waiting = {} }
		for _, respond in ipairs(old and old.waiting or {}) do
			by_sheet[sheet].count = by_sheet[sheet].count + 1
			respond(true, sheet)
		end
		skynet.retpack()
	end

	function command.query(_, name)
		local sheet = assert(by_name[name], "create data first")
		by_sheet[sheet].count = by_sheet[sheet].count + 1
		skynet.retpack(sheet)
	end

	function command.monitor(_, sheet)
		local s = by_sheet[sheet]
		if by_name[s.name] ~= sheet then
			return command.query(_, s.name)
		end
		table.insert(s.waiting, skynet.response())
	end

	function command.release(_, sheet)
		by_sheet[sheet].count = by_sheet[sheet].count - 1
		check(sheet)
	end

	function command.collect(_, sheet)
		by_sheet[sheet].collect = skynet.response()
		check(sheet)
	end

	function command.close() end

	skynet.start(function()
		skynet.dispatch("lua", function(_, source, name, ...)
			command[name](source, ...)
		end)
	end)
end

function M.start()
	address = service.new("datasheet", main)
end

--- Makes a text a sheet; the old one must be kept until it is collected.
function M.publish(name, text)
	local old = texts[name]
	texts[name] = text
	skynet.call(address, "lua", "update", name, core.stringpointer(text))
	if old then
		skynet.call(address, "lua", "collect", core.stringpointer(old))
		M.collected = name
	end
end

function M.query(name)
	address = address or service.query "datasheet"
	local sheet = skynet.call(address, "lua", "query", name)
	local proxy = core.new(sheet)
	skynet.fork(function()
		while true do
			local new = skynet.call(address, "lua", "monitor", sheet)
			core.update(proxy, new)
			skynet.send(address, "lua", "release", sheet)
			sheet = new
		end
	end)
	return proxy
end

return M
