using LifelongApi.Cli.Evaluation;

namespace LifelongApi.Clients.Tests.Cli;

public sealed class ConfusionMatrixTests
{
    [Fact]
    public void Pairs_are_counted_and_classes_sorted_as_numbers_before_words()
    {
        var matrix = new ConfusionMatrix();
        matrix.Add("10", "10");
        matrix.Add("9", "10");
        matrix.Add("9", "9");
        matrix.Add("b", null);

        Assert.Equal((4, 2), (matrix.Count, matrix.Right));
        Assert.Equal(["9", "10", "(none)", "b"], matrix.Classes);
        Assert.Equal(1, matrix.Counts["9"]["10"]);
        Assert.Equal(1, matrix.Counts["b"][ConfusionMatrix.NoClass]);
    }
}
