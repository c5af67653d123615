using System.Globalization;
using System.Net;
using LifelongApi.Api.Access;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LifelongApi.Api.Configuration;

/// <summary>
/// Which addresses the service answers on. Without TLS one port cannot tell HTTP/1.1 from HTTP/2, so there are two:
/// 8080 speaks HTTP/1.1, 8081 cleartext HTTP/2. Without an API key both are on loopback only.
/// </summary>
internal static class Listening
{
    private const int DefaultPort = 8080;
    private const int DefaultHttp2Port = 8081;

    /// <summary>Sets Kestrel up.</summary>
    public static void AddListening(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var options = configuration.GetSection(ApiOptions.Section).Get<ApiOptions>() ?? new ApiOptions();
        var addresses = Addresses(configuration);
        var hasKeys = ConfiguredKeys.Read(configuration).Count > 0;
        var http2Port = Http2Port(options, isDefault: addresses.Count == 0);
        var isByHand = configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
        builder.Services.AddSingleton(new ListenPlan(addresses) { HasHttp2 = http2Port is not null && !isByHand });
        if (!isByHand)
        {
            builder.Services.AddSingleton<IStartupFilter, BoundAlready>();
            builder.WebHost.UseSetting("http_ports", "");
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;

            // A stream may be silent, or read slowly, for as long as it likes; on HTTP/2 this is set per server only.
            kestrel.Limits.MinResponseDataRate = null;
            if (isByHand)
            {
                return;
            }

            if (addresses.Count == 0)
            {
                Listen(kestrel, hasKeys ? "*" : "localhost", DefaultPort, HttpProtocols.Http1);
            }

            foreach (var address in addresses)
            {
                Listen(kestrel, address);
            }

            if (http2Port is { } port)
            {
                Listen(kestrel, addresses.Count > 0 ? addresses[0].Host : hasKeys ? "*" : "localhost", port, HttpProtocols.Http2);
            }
        });
    }

    /// <summary>Whether an address is this machine alone.</summary>
    public static bool IsLoopback(BindingAddress address) =>
        address.IsUnixPipe
        || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static List<BindingAddress> Addresses(ConfigurationManager configuration)
    {
        var urls = configuration[WebHostDefaults.ServerUrlsKey];
        if (string.IsNullOrWhiteSpace(urls))
        {
            var ports = configuration["http_ports"] ?? "";
            urls = string.Join(';', ports.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(port => $"http://*:{port}"));
        }

        var addresses = new List<BindingAddress>();
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                addresses.Add(BindingAddress.Parse(url));
            }
            catch (FormatException error)
            {
                throw new StartupRefusedException($"'{url}' in --urls is not an address; give e.g. http://127.0.0.1:8080.", error);
            }
        }

        return addresses;
    }

    private static int? Http2Port(ApiOptions options, bool isDefault)
    {
        if (string.IsNullOrWhiteSpace(options.Http2Port))
        {
            return isDefault ? DefaultHttp2Port : null;
        }

        if (options.Http2Port.Equals("off", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return ushort.TryParse(options.Http2Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new StartupRefusedException($"Lifelong:Http2Port is '{options.Http2Port}'; give a port (0 for a free one) or 'off'.");
    }

    private static void Listen(KestrelServerOptions kestrel, BindingAddress address)
    {
        if (address.IsUnixPipe)
        {
            kestrel.ListenUnixSocket(address.UnixPipePath, listen => listen.Protocols = HttpProtocols.Http1);
        }
        else if (address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase))
        {
            Listen(kestrel, address.Host, address.Port, HttpProtocols.Http1AndHttp2, isTls: true);
        }
        else
        {
            Listen(kestrel, address.Host, address.Port, HttpProtocols.Http1);
        }
    }

    private static void Listen(KestrelServerOptions kestrel, string host, int port, HttpProtocols protocols, bool isTls = false)
    {
        void Configure(ListenOptions listen)
        {
            listen.Protocols = protocols;
            if (isTls)
            {
                listen.UseHttps();
            }
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && port != 0)
        {
            kestrel.ListenLocalhost(port, Configure);
        }
        else if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            kestrel.Listen(IPAddress.Loopback, port, Configure);
        }
        else if (IPAddress.TryParse(host.Trim('[', ']'), out var ip))
        {
            kestrel.Listen(ip, port, Configure);
        }
        else
        {
            kestrel.ListenAnyIP(port, Configure);
        }
    }
}

/// <summary>The addresses that were asked for; empty: the defaults.</summary>
/// <param name="Addresses">Parsed addresses.</param>
internal sealed record ListenPlan(IReadOnlyList<BindingAddress> Addresses)
{
    /// <summary>Whether the last address that is bound speaks cleartext HTTP/2.</summary>
    public bool HasHttp2 { get; init; }
}

/// <summary>
/// Takes the addresses of <c>--urls</c> from the list that the host hands to Kestrel: they are bound with their protocols
/// by <see cref="Listening"/>, and Kestrel would warn that it overrides them. The host fills the list just before it builds the pipeline.
/// </summary>
internal sealed class BoundAlready : IStartupFilter
{
    /// <inheritdoc/>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.ServerFeatures.Get<IServerAddressesFeature>()?.Addresses.Clear();
        next(app);
    };
}
