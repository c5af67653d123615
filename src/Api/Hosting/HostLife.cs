namespace LifelongApi.Api.Hosting;

/// <summary>The life of hosting: keeps house while the service runs, closes every model with a final version at the end.</summary>
internal sealed class HostLife(HostingContext context, StreamRegistry registry) : BackgroundService
{
    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await registry.ShutDownAsync();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(context.Options.HousekeepingSeconds), context.Time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await KeepHouseAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task KeepHouseAsync()
    {
        try
        {
            await registry.KeepHouseAsync();
        }
        catch (Exception reason)
        {
            // One stream's trouble must not end the housekeeping of all.
            context.Logger.HousekeepingFailed("*", reason);
        }
    }
}
