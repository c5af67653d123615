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
            app.Services.GetRequiredService<StoreLocation>(),
            app.Services.GetRequiredService<ConfiguredKeys>().Count)));

    /// <summary>The message.</summary>
    public static string Text(ICollection<string> addresses, StoreLocation store, int configuredKeys)
    {
        var first = (addresses.FirstOrDefault() ?? "http://localhost")
            .Replace("[::]", "localhost", StringComparison.Ordinal)
            .Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
        return $"""

            LifelongApi is listening.
              Addresses  {string.Join("  ", addresses)}
              Swagger    {first}/swagger
              Data       {store.Description}
              API keys   {(configuredKeys > 0 ? $"{configuredKeys} in the configuration" : "none in the configuration")}

            """;
    }
}
