using LifelongApi.Storage;

namespace LifelongApi.Api.Configuration;

/// <summary>Brings the store's schema up to date after the start and tells when that is done. A store that is away is waited for.</summary>
/// <param name="store">The store.</param>
/// <param name="clock">For the pause between attempts.</param>
/// <param name="log">Where attempts are noted.</param>
internal sealed class StoreStartup(ILifelongStore store, TimeProvider clock, ILogger<StoreStartup> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private volatile bool _isReady;

    /// <summary>Whether the schema is up to date.</summary>
    public bool IsReady => _isReady;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!_isReady)
        {
            try
            {
                await store.MigrateAsync(stoppingToken);
                _isReady = true;
            }
            catch (StoreUnavailableException error)
            {
                log.LogWarning("The database cannot be reached yet: {Reason}", error.Message);
                await Task.Delay(Pause, clock, stoppingToken);
            }
        }
    }
}
