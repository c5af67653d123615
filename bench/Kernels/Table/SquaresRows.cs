using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Kernels.Table;

/// <summary>Recursive least squares with 2,000 features, event by event against the bandwidth, and by blocks against the peak of multiply-adds.</summary>
internal static class SquaresRows
{
    private const int Features = 2000;
    private const int Block = 64;

    public static IEnumerable<Row> All(TableSession session)
    {
        var work = Workload.Generate(Features, 10, 256);
        using var single = Subject.Of(Specs.Linear(Specs.Vector(Features), 10, new RecursiveLeastSquaresRuleSpec(), new LeastSquaresHeadSpec()), work);
        using var block = Subject.Of(Specs.Linear(Specs.Vector(Features), 10, new RecursiveLeastSquaresRuleSpec { Block = Block }, new LeastSquaresHeadSpec()), work);
        single.WarmUp();
        block.WarmUp();
        const string Name = "recursive least squares, 2,000 features";
        const string Blocks = "recursive least squares, 2,000 features, blocks of 64";
        if (session.Reference.Missing is { } why)
        {
            yield return TableSession.Absent(Name, "bandwidth", 0.7, why, single.LearnRate(session.Slice));
            yield return TableSession.Absent(Blocks, "peak multiply-adds", 0.5, why, block.LearnRate(session.Slice));
            yield break;
        }

        var bytes = (long)SymmetricTiles.LengthOf(Features + 1) * sizeof(float);
        var (read, update) = session.Bandwidth(bytes);
        var limit = 1 / ((bytes / read) + (bytes / update / 16));
        yield return session.Against(
            Name, () => single.LearnRate(session.Slice), "P read once per event and updated once per 16", limit, 0.7, $"P has {bytes:N0} bytes (half of it stored); {read / 1e9:F0} and {update / 1e9:F0} GB/s");

        // Per event: P h (each stored cell twice), half an outer product, and the recursion inside the block.
        var n = Features + 1d;
        var perEvent = (n * n) + (n * n / 2) + (Block * n);
        yield return session.Against(
            Blocks, () => block.LearnRate(session.Slice), "peak multiply-adds", session.Peak / perEvent, 0.5, $"{perEvent / 1e6:F1} million multiply-adds an event; peak {session.Peak / 1e9:F0} G/s");
    }
}
