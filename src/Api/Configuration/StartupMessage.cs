using LifelongApi.Api.Access;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace LifelongApi.Api.Configuration;

/// <summary>Tells the person at the terminal where everything is.</summary>
internal static class StartupMessage
{
    /// <summary>Prints the message when the service has started.</summary>
    public static void PrintWhenStarted(this WebApplication app) =>
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(Text(
            app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [],
            app.Services.GetRequiredService<ListenPlan>().HasHttp2,
            app.Services.GetRequiredService<StoreLocation>(),
            app.Services.GetRequiredService<ConfiguredKeys>().Count)));

    /// <summary>The message.</summary>
    public static string Text(ICollection<string> addresses, bool hasHttp2, StoreLocation store, int configuredKeys)
    {
        var http2 = hasHttp2 ? addresses.LastOrDefault() : null;
        var lines = new List<string> { "", "LifelongApi is listening." };
        lines.AddRange(addresses.Take(addresses.Count - (http2 is null ? 0 : 1)).Select(address => $"  Address   {address}"));
        if (http2 is not null)
        {
            lines.Add($"  HTTP/2    {http2}  (cleartext, for streams)");
        }

        var first = (addresses.FirstOrDefault() ?? "http://localhost")
            .Replace("[::]", "localhost", StringComparison.Ordinal)
            .Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
        lines.Add($"  Swagger   {first}/swagger");
        lines.Add($"  Data      {store.Description}");
        lines.Add($"  API keys  {(configuredKeys > 0 ? $"{configuredKeys} in the configuration" : "none in the configuration")}");
        lines.Add("");
        return string.Join(Environment.NewLine, lines);
    }
}
