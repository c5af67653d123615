using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Evaluation.Quality;

namespace LifelongApi.Learning.Tests.Evaluation;

public sealed class ValueQualityTests
{
    [Fact]
    public void The_explained_share_is_that_of_plain_sums_in_total_and_in_the_window()
    {
        var quality = new ValueQuality(50);
        var targets = Enumerable.Range(0, 300).Select(i => (double[])[Math.Sin(i) * 3, 1000 + (i % 7)]).ToArray();
        var answers = targets.Select((target, i) => (double[])[target[0] + Math.Cos(i * 3), target[1] - Math.Sin(i * 5)]).ToArray();
        foreach (var target in targets)
        {
            quality.Add(target);
            quality = Stored(quality, 50);
        }

        Assert.Equal(Explained(targets, answers), quality.InTotal(Summary(targets, answers)).RSquared!.Value, 9);
        Assert.Equal(Explained(targets[^50..], answers[^50..]), quality.InWindow(Summary(targets[^50..], answers[^50..])).RSquared!.Value, 9);
    }

    [Fact]
    public void The_mean_explains_nothing_and_equal_targets_have_nothing_to_explain()
    {
        var quality = new ValueQuality(10);
        double[][] targets = [[1], [2], [6]];
        foreach (var target in targets)
        {
            quality.Add(target);
        }

        Assert.Equal(0, quality.InTotal(Summary(targets, [[3], [3], [3]])).RSquared!.Value, 12);
        var constant = new ValueQuality(10);
        constant.Add([4]);
        constant.Add([4]);
        Assert.Null(constant.InTotal(Summary([[4], [4]], [[3], [4]])).RSquared);
    }

    private static ValueQuality Stored(ValueQuality quality, int windowSize)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        quality.Write(writer);
        return ValueQuality.Read(new BinaryReader(new MemoryStream(stream.ToArray())), windowSize);
    }

    private static MetricSummary Summary(double[][] targets, double[][] answers) => new()
    {
        Count = targets.Length,
        RootMeanSquaredError = Math.Sqrt(targets.Zip(answers, (target, answer) => target.Zip(answer, (y, p) => (y - p) * (y - p)).Average()).Average()),
    };

    private static double Explained(double[][] targets, double[][] answers)
    {
        var error = targets.Zip(answers, (target, answer) => target.Zip(answer, (y, p) => (y - p) * (y - p)).Sum()).Sum();
        var means = Enumerable.Range(0, targets[0].Length).Select(column => targets.Average(target => target[column])).ToArray();
        return 1 - (error / targets.Sum(target => target.Zip(means, (y, mean) => (y - mean) * (y - mean)).Sum()));
    }
}
