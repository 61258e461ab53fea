-- A snax service for provider_client, which speaks to it without our library.
-- Accepts the posts and requests below.

local skynet = require "skynet"

local noted

function init(...)
	noted = { ... }
end

function accept.note(...)
	noted = { ... }
end

function response.noted()
	return table.unpack(noted)
end

function response.fail()
	error "asked to fail"
end

function exit(...)
	skynet.send(..., "lua", "gone")
end
