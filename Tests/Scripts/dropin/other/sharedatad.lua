-- Plays the part of another tree's `sharedatad`: accepts `lua` messages new, update, delete, query, confirm, monitor.
local skynet = require "skynet"
local host = require "skynet.sharedata.corelib".host

local by_name, by_document, command = {}, {}, {}

local function publish(name, value)
	local document = host.new(value)
	by_name[name] = { object = document, waiting = {} }
	by_document[document] = { old = false }
	host.incref(document)
	return document
end

function command.new(_, name, value)
	assert(by_name[name] == nil)
	publish(name, value)
end

local function out_of_use(entry)
	by_document[entry.object].old = true
	host.decref(entry.object)
	host.markdirty(entry.object)
end

function command.update(_, name, value)
	local entry = assert(by_name[name])
	local document = publish(name, value)
	out_of_use(entry)
	for _, respond in ipairs(entry.waiting) do
		host.incref(document)
		respond(true, document)
	end
end

function command.delete(_, name)
	local entry = assert(by_name[name])
	by_name[name] = nil
	out_of_use(entry)
	for _, respond in ipairs(entry.waiting) do
		respond(true)
	end
end

function command.query(_, name)
	local document = assert(by_name[name]).object
	host.incref(document)
	return document
end

function command.confirm(_, document)
	assert(by_document[document], "a document is a key of this service's tables")
	host.decref(document)
end

function command.monitor(_, name, document)
	local entry = by_name[name]
	if not entry then
		return
	elseif entry.object ~= document then
		host.incref(entry.object)
		return entry.object
	end
	table.insert(entry.waiting, skynet.response())
	return skynet
end

--- What a collector does each minute; here it is asked for.
function command.collect()
	local left = 0
	for document, state in pairs(by_document) do
		if state.old and host.getref(document) <= 0 then
			host.delete(document)
			by_document[document] = nil
		elseif state.old then
			left = left + 1
		end
	end
	return left
end

skynet.start(function()
	skynet.dispatch("lua", function(session, source, name, ...)
		local result = command[name](source, ...)
		if session ~= 0 and result ~= skynet then
			skynet.retpack(result)
		end
	end)
end)
