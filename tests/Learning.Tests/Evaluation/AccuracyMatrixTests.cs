using LifelongApi.Learning.Evaluation;

namespace LifelongApi.Learning.Tests.Evaluation;

public sealed class AccuracyMatrixTests
{
    private static readonly double?[][] Accuracies = [[0.9, 0.3, 0.1], [0.7, 0.8, 0.2], [0.6, 0.85, 0.95]];
    private static readonly double?[] Untrained = [0.1, 0.2, 0.05];

    [Fact]
    public void The_measures_of_a_matrix_of_accuracies_are_those_worked_out_by_hand()
    {
        var end = new AccuracyMatrix(Accuracies, Untrained, higherIsBetter: true).AtLastEnd();

        Assert.Equal(0.8, end.AverageScore!.Value, 12);             // (0.6 + 0.85 + 0.95) / 3
        Assert.Equal(-0.125, end.BackwardTransfer!.Value, 12);      // ((0.6 − 0.9) + (0.85 − 0.8)) / 2
        Assert.Equal(0.125, end.ForwardTransfer!.Value, 12);        // ((0.3 − 0.2) + (0.2 − 0.05)) / 2
        Assert.Equal(0.125, end.Forgetting!.Value, 12);             // ((0.9 − 0.6) + (0.8 − 0.85)) / 2
    }

    [Fact]
    public void The_present_counts_as_one_row_more()
    {
        var now = new AccuracyMatrix(Accuracies, Untrained, higherIsBetter: true).After([0.5, 0.9, 0.7]);

        Assert.Equal(0.7, now.AverageScore!.Value, 12);             // (0.5 + 0.9 + 0.7) / 3
        Assert.Equal(-0.55 / 3, now.BackwardTransfer!.Value, 12);   // ((0.5 − 0.9) + (0.9 − 0.8) + (0.7 − 0.95)) / 3
        Assert.Equal(0.125, now.ForwardTransfer!.Value, 12);
        Assert.Equal(0.2, now.Forgetting!.Value, 12);               // ((0.9 − 0.5) + (0.85 − 0.9) + (0.95 − 0.7)) / 3
    }

    [Fact]
    public void For_errors_the_signs_are_turned_so_that_transfer_above_0_is_good_and_forgetting_above_0_is_bad()
    {
        var end = new AccuracyMatrix([[1.0, 4.0], [3.0, 0.5]], [6.0, 5.0], higherIsBetter: false).AtLastEnd();

        Assert.Equal(1.75, end.AverageScore!.Value, 12);            // (3 + 0.5) / 2, an error
        Assert.Equal(-2, end.BackwardTransfer!.Value, 12);          // 1 − 3: the first task got worse
        Assert.Equal(1, end.ForwardTransfer!.Value, 12);            // 5 − 4: better than untrained before it began
        Assert.Equal(2, end.Forgetting!.Value, 12);                 // 3 − min 1
    }

    [Fact]
    public void A_missing_score_takes_its_task_out_of_the_means_that_need_it()
    {
        double?[][] rows = [[0.9, null, null], [0.7, 0.8, null], [null, 0.7, 0.6]];
        var end = new AccuracyMatrix(rows, [0, null, 0.1], higherIsBetter: true).AtLastEnd();

        Assert.Equal(0.65, end.AverageScore!.Value, 12);
        Assert.Equal(-0.1, end.BackwardTransfer!.Value, 12);
        Assert.Equal(0.1, end.Forgetting!.Value, 12);
        Assert.Null(end.ForwardTransfer);
    }

    [Fact]
    public void Without_a_task_nothing_is_said_and_with_one_only_its_average()
    {
        var none = new AccuracyMatrix([], [], higherIsBetter: true);
        var one = new AccuracyMatrix([[0.9, 0.4]], [0, 0], higherIsBetter: true).AtLastEnd();

        Assert.Equal(new Contracts.Learning.ScenarioSummary(), none.AtLastEnd());
        Assert.Equal(new Contracts.Learning.ScenarioSummary(), none.After([]));
        Assert.Equal(new Contracts.Learning.ScenarioSummary { AverageScore = 0.9 }, one);
    }
}
