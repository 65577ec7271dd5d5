# Verifies recorded webhook messages with the public Standard Webhooks library for Ruby.
#
# usage: ruby verify_signature.rb FILE
#
# FILE holds lines of JSON {"secret", "public_keys", "headers", "body"}, written by the Swift tests where TRADEWIND_WEBHOOK_BODIES
# names it. Each message must verify, and must not verify with one byte of its body changed. Exits 1 otherwise, or where there is
# no line.

$LOAD_PATH.unshift File.join(__dir__, "standardwebhooks-ruby")
require "standardwebhooks"

# The library compares a message's time with now; the tests' clocks run ahead by days.
class Time
  class << self
    attr_accessor :of_message

    def now = at(of_message)
  end
end

def verifies?(secret, headers, body)
  StandardWebhooks::Webhook.new(secret).verify(body, headers)
  true
rescue StandardWebhooks::WebhookVerificationError
  false
end

count = 0
File.foreach(ARGV.fetch(0), encoding: "UTF-8").with_index(1) do |line, number|
  message = JSON.parse(line)
  headers, body = message["headers"], message["body"].b
  Time.of_message = Integer(headers["webhook-timestamp"])
  changed = body.dup
  changed.setbyte(0, changed.getbyte(0) ^ 1)
  abort "line #{number}: the signature does not verify" unless verifies?(message["secret"], headers, body)
  abort "line #{number}: a changed body verifies" if verifies?(message["secret"], headers, changed)
  count += 1
end
abort "there are no messages to verify" if count.zero?
puts "#{count} webhook messages verified by the Ruby library, #{count} changed ones refused"
