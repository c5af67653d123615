using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Storage;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>A life with everything in it, killed at every single call to the store.</summary>
public sealed class KillTests
{
    private const int Together = 4;
    private static readonly List<LearnInput> First = Entities([.. Rows(12), Row(1, 2, "up", "t-1", "one"), Row(2, 1, "down", "t-2", "two")]);

    /// <summary>Labels 3 … 18: the seventeenth class makes the model grow.</summary>
    private static readonly List<LearnInput> Growing = Entities([.. Enumerable.Range(3, 16).Select(i => Row(i, -i, $"class {i}", $"g-{i}"))]);

    private static readonly List<LearnInput> Last = Entities(Rows(10, 100));

    /// <summary>More entities than fit: every few events one leaves and one comes back.</summary>
    private static List<LearnInput> Entities(List<LearnInput> rows) => [.. rows.Select((row, i) => row with { Entity = $"entity {i * i % 7}" })];

    [Theory]
    [InlineData("sqlite", false)]
    [InlineData("sqlite", true)]
    [InlineData("postgres", true)]
    public async Task After_a_kill_at_any_call_to_the_store_the_same_life_ends_in_the_same_state(string provider, bool isDone)
    {
        await using var undisturbed = await OpenAsync(provider, Quiet);
        await LiveAsync(undisturbed);
        var wanted = await EndAsync(undisturbed);

        // Every call on SQLite; on Postgres, where a round costs more, every fifth.
        var step = provider == "sqlite" ? 1 : 5;
        var reached = 0;
        for (var fatal = 1; ; fatal += step * Together)
        {
            // Each has a store of its own and mostly waits for it.
            var died = await Task.WhenAll(Enumerable.Range(0, Together).Select(i => Task.Run(() => DiesAsync(provider, fatal + (i * step), isDone, wanted), Token)));
            reached += died.Count(isDead => isDead);
            if (died.Contains(false))
            {
                break;
            }
        }

        Assert.True(reached > (provider == "sqlite" ? 30 : 6), $"Only {reached} calls.");
    }

    /// <summary>Lives with a kill at one call, goes on, and compares the end; false where the life makes fewer calls.</summary>
    private static async Task<bool> DiesAsync(string provider, int fatal, bool isDone, string wanted)
    {
        await using var house = await OpenAsync(provider, Quiet);
        FailingStore? failing = null;
        house.Decorate = store => failing = new FailingStore(store, fatal, isDone);
        await house.RestartAsync();
        await TryLiveAsync(house);
        house.Decorate = null;
        var died = failing!.IsDead;
        await house.StartAfterKillAsync();
        await LiveAsync(house);

        Assert.True(wanted == await EndAsync(house), $"Killed at call {fatal} ({(isDone ? "after" : "before")} it was done): {await EndAsync(house)} instead of {wanted}");
        return died;
    }

    private static void Quiet(HostingOptions options)
    {
        // Nothing beside the script calls the store, so the n-th call is the same in every run.
        options.HousekeepingSeconds = 3600;
        options.StoreRetrySeconds = 3600;
    }

    /// <summary>Create, learn, tasks, growth, snapshot, restore, fork, delete. What was done already is done again as a client would that does not know.</summary>
    private static async Task LiveAsync(House house)
    {
        var token = Token;
        await house.CreateAsync("m", entities: new EntitiesSpec { Capacity = 2 });
        await house.LearnAsync("m", First);
        await house.Models.EndTaskAsync("m", "two", "end-two", null, token);
        if (!(await house.Models.ListSnapshotsAsync("m", 100, null, token)).Items.Any(version => version.Note == "kept"))
        {
            await house.Models.CreateSnapshotAsync("m", new() { Note = "kept" }, token);
        }

        var kept = (await house.Models.ListSnapshotsAsync("m", 100, null, token)).Items.First(version => version.Note == "kept");
        if ((await house.Models.GetAsync("m", token)).Lineage == 1)
        {
            await house.LearnAsync("m", Growing);
            await house.Models.RestoreAsync("m", kept.Version, null, token);
        }

        await house.LearnAsync("m", Growing);
        try
        {
            await house.Models.ForkAsync("m", kept.Version, new() { Model = "fork" }, token);
        }
        catch (ProblemException taken) when (taken.Status == 409)
        {
            Assert.Equal("fork", (await house.Models.GetAsync("fork", token)).Name);
        }

        await house.LearnAsync("fork", Last);
        await house.CreateAsync("brief");
        await house.LearnAsync("brief", Row(1, 1, "up", "only"));
        await house.Models.DeleteAsync("brief", token);
    }

    private static async Task TryLiveAsync(House house)
    {
        try
        {
            await LiveAsync(house);
        }
        catch (StoreUnavailableException)
        {
            // The kill; a script that ends without it is the last round.
            house.Store.IsAway = true;
        }
    }

    /// <summary>State and counts of everything that is left.</summary>
    private static async Task<string> EndAsync(House house)
    {
        var parts = new List<string>();
        foreach (var model in (await house.Models.ListAsync(100, null, Token)).Items.Select(item => item.Name))
        {
            var info = await house.Models.GetAsync(model, Token);
            var metrics = await house.Models.GetMetricsAsync(model, withScenario: false, Token);
            var again = await house.LearnAsync(model, model == "m" ? [.. First, .. Growing] : Last);
            Assert.All(again, result => Assert.Equal(LearnStatus.Duplicate, result.Status));
            Assert.Equal(ModelStatus.Open, info.Status);
            parts.Add($"{model} {info.StateHash} learned {metrics.Events["learned"]} accuracy {metrics.Total.Accuracy}");
        }

        return string.Join("; ", parts);
    }
}
