using System.Net;
using LifelongApi.Client;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Learning;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>A model goes from one store into the other and back as a file, and is the same model all the way.</summary>
public sealed class BundleTests
{
    [Theory]
    [InlineData(StoreKind.Sqlite, StoreKind.Postgres)]
    [InlineData(StoreKind.Postgres, StoreKind.Sqlite)]
    public async Task A_model_goes_to_the_other_store_and_back(StoreKind from, StoreKind to)
    {
        await using var firstStore = await TestStore.CreateAsync(from);
        await using var secondStore = await TestStore.CreateAsync(to);
        await using var first = await ServerProcess.StartAsync(firstStore);
        await using var second = await ServerProcess.StartAsync(secondStore);
        var folder = Directory.CreateTempSubdirectory("bundle");
        try
        {
            var file = Path.Combine(folder.FullName, "market.bundle");
            var events = ElectricityStream.Events(400, "row").ToArray();
            await first.Http.CreateClassifierAsync("market");
            await first.Http.LearnAsync("market", events[..300]);
            var exported = await first.Http.ModelAsync("market");

            var written = await CliRun.RunAsync("export", "market", "--url", first.Address.ToString(), "--out", file);
            Assert.True(written.ExitCode == 0, written.Error);
            var imported = (await CliRun.RunAsync("import", "abroad", file, "--url", second.Address.ToString(), "--json")).Json();
            Assert.Equal(exported.StateHash, imported.GetProperty("stateHash").GetString());

            FeatureSet[] asked = [.. events.TakeLast(50).Select(row => row.Features!)];
            Assert.Equal(await first.Http.PredictTextAsync("market", asked), await second.Http.PredictTextAsync("abroad", asked));
            var again = await second.Http.LearnAsync("abroad", events[..300]);
            Assert.All(again, result => Assert.Equal(LearnStatus.Duplicate, result.Status));
            await first.Http.LearnAsync("market", events[300..]);
            await second.Http.LearnAsync("abroad", events[300..]);
            var (here, there) = (await first.Http.ModelAsync("market"), await second.Http.ModelAsync("abroad"));
            Assert.Equal(here.StateHash, there.StateHash);
            await second.RestartAsync();
            Assert.Equal(here.StateHash, (await second.Http.ModelAsync("abroad")).StateHash);

            using var back = new LifelongClient(new LifelongClientOptions { Address = first.Address });
            using var source = new LifelongClient(new LifelongClientOptions { Address = second.Address });
            var bytes = new MemoryStream();
            await source.ExportAsync("abroad", bytes, cancellationToken: TestContext.Current.CancellationToken);
            bytes.Position = 0;
            Assert.Equal(here.StateHash, (await back.ImportAsync("home", bytes, TestContext.Current.CancellationToken)).StateHash);
            Assert.Equal(
                await first.Http.PredictTextAsync("market", [.. events.Take(50).Select(row => row.Features!)]),
                await first.Http.PredictTextAsync("home", [.. events.Take(50).Select(row => row.Features!)]));

            var damaged = bytes.ToArray();
            damaged[damaged.Length / 2] ^= 4;
            var refusal = await Assert.ThrowsAsync<LifelongException>(() => back.ImportAsync("never", new MemoryStream(damaged), TestContext.Current.CancellationToken));
            Assert.Equal(HttpStatusCode.BadRequest, refusal.StatusCode);
            await first.Http.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, "/v1/models/never");

            var versions = (await first.Http.GetAsync<Contracts.Models.Page<SnapshotInfo>>("/v1/admin/models/market/snapshots")).Items;
            var snapshot = await first.Http.SnapshotAsync("market");
            var diff = await first.Http.GetAsync<SnapshotDiff>($"/v1/admin/models/market/snapshots/{versions[^1].Version}/diff/{snapshot.Version}");
            Assert.False(diff.IsSame);
            Assert.NotEmpty(diff.ChangedSlots);
            var shown = await CliRun.RunAsync("diff", "market", $"{versions[^1].Version}", $"{snapshot.Version}", "--url", first.Address.ToString());
            Assert.Contains(diff.ChangedSlots[0].Slot, shown.Output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
