using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>
/// Stands between the service and its database and can be cut: connections under way are reset and new ones refused, which is what
/// the service sees of a database that stopped. Works for every way to get a Postgres, also one that the tests may not stop.
/// </summary>
internal sealed class TcpRelay : IDisposable
{
    private readonly ConcurrentDictionary<Socket, byte> _sockets = new();
    private readonly string _targetHost;
    private readonly int _targetPort;
    private TcpListener? _listener;

    public TcpRelay(string targetHost, int targetPort)
    {
        _targetHost = targetHost;
        _targetPort = targetPort;
        Listen(0);
    }

    /// <summary>Port on the loopback that stands for the target.</summary>
    public int Port { get; private set; }

    /// <summary>The target is gone.</summary>
    public void Cut()
    {
        _listener?.Dispose();
        _listener = null;
        foreach (var socket in _sockets.Keys)
        {
            Close(socket);
        }
    }

    /// <summary>The target is back.</summary>
    public void Mend() => Listen(Port);

    /// <inheritdoc/>
    public void Dispose() => Cut();

    private void Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            Socket near;
            try
            {
                near = await listener.AcceptSocketAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return; // Cut.
            }

            _ = JoinAsync(near, listener);
        }
    }

    private async Task JoinAsync(Socket near, TcpListener listener)
    {
        var far = IsPath(_targetHost)
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        _sockets.TryAdd(near, 0);
        _sockets.TryAdd(far, 0);
        try
        {
            await far.ConnectAsync(IsPath(_targetHost)
                ? new UnixDomainSocketEndPoint(Path.Combine(_targetHost, $".s.PGSQL.{_targetPort}"))
                : new DnsEndPoint(_targetHost, _targetPort));
            if (!ReferenceEquals(listener, _listener))
            {
                return; // Cut while it was being joined.
            }

            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The target refuses, or the relay was cut: both ends are closed below.
        }
        finally
        {
            Close(near);
            Close(far);
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Either end went away: the other one follows.
        }
    }

    private static bool IsPath(string host) => host.StartsWith('/');

    // A linger of zero makes it a reset, not a polite end.
    private void Close(Socket socket)
    {
        if (_sockets.TryRemove(socket, out _))
        {
            if (socket.AddressFamily != AddressFamily.Unix)
            {
                socket.LingerState = new LingerOption(true, 0);
            }

            socket.Dispose();
        }
    }
}
