using LifelongApi.Api.Configuration;
using LifelongApi.Storage;

namespace LifelongApi.Api.Access;

/// <summary>Refuses to start where an address beyond this machine was asked for and no API key exists.</summary>
/// <param name="plan">The addresses.</param>
/// <param name="configured">Keys of the configuration.</param>
/// <param name="store">Keys of the store.</param>
internal sealed class LoopbackGuard(ListenPlan plan, ConfiguredKeys configured, ILifelongStore store)
{
    private const string Fix = "Configure a key (Lifelong:ApiKeys:0:Name, Lifelong:ApiKeys:0:Key, Lifelong:ApiKeys:0:Scopes), or listen on http://localhost.";

    /// <summary>Checks before anything listens.</summary>
    /// <exception cref="StartupRefusedException">The service must not start like this.</exception>
    public async Task RequireAsync(CancellationToken cancellationToken)
    {
        if (configured.Count > 0 || plan.Addresses.FirstOrDefault(address => !Listening.IsLoopback(address)) is not { } open)
        {
            return;
        }

        try
        {
            await store.MigrateAsync(cancellationToken);
            var keys = await store.ApiKeys.ListAsync(cancellationToken);
            if (keys.Any(key => key.RevokedAt is null))
            {
                return;
            }
        }
        catch (StoreUnavailableException error)
        {
            throw new StartupRefusedException($"{open} is reachable from other machines, no API key is configured, and the database that may hold one cannot be reached. {Fix}", error);
        }

        throw new StartupRefusedException($"{open} is reachable from other machines, and no API key is configured. {Fix}");
    }
}
