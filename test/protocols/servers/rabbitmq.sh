# RabbitMQ with Web STOMP at $PORT alone: for the rest it needs the ports $EPMD_PORT and $NODE_PORT, and it asks at
# $AUTH who may log in. Its files are in $HOME, and its epmd ends with it.
set -eu

cat >"$HOME/rabbitmq.conf" <<CONF
listeners.tcp = none
stomp.listeners.tcp = none
web_stomp.tcp.ip = 127.0.0.1
web_stomp.tcp.port = $PORT
auth_backends.1 = http
auth_http.user_path = $AUTH/user
auth_http.vhost_path = $AUTH/vhost
auth_http.resource_path = $AUTH/resource
auth_http.topic_path = $AUTH/topic
CONF
echo '[rabbitmq_web_stomp,rabbitmq_auth_backend_http].' >"$HOME/plugins"

export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$EPMD_PORT"
epmd &

export RABBITMQ_NODENAME=storm@localhost RABBITMQ_DIST_PORT="$NODE_PORT"
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
export RABBITMQ_CONF_ENV_FILE="$HOME/none" RABBITMQ_CONFIG_FILE="$HOME/rabbitmq.conf"
export RABBITMQ_ENABLED_PLUGINS_FILE="$HOME/plugins"
export RABBITMQ_MNESIA_BASE="$HOME/mnesia" RABBITMQ_LOG_BASE="$HOME/log"
exec /usr/lib/rabbitmq/bin/rabbitmq-server
