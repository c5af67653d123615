using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Heads;

public sealed class HingeHeadTests
{
    [Theory]
    [InlineData(2, 16)]
    [InlineData(15, 16)]
    [InlineData(17, 32)]
    public void Credit_probabilities_and_loss_follow_the_multi_class_hinge(int classes, int capacity)
    {
        using var rig = new HeadRig(capacity, (bench, output) => new HingeHead(bench.Layout, "head", output));
        for (var n = 0; n < 20; n++)
        {
            var drive = Draw.Normals(classes, 1, n);
            var sum = drive.Sum(d => Math.Exp(3d * d));
            var scores = rig.Read(classes, drive);
            for (var i = 0; i < classes; i++)
            {
                Near.Equal(Math.Exp(3d * drive[i]) / sum, scores[i], 1e-5);
            }

            Assert.Equal(Array.IndexOf(drive, drive.Max()), rig.Prediction.Label);
            var label = n % classes;
            var rival = Enumerable.Range(0, classes).Where(i => i != label).MaxBy(i => drive[i]);
            var hinge = Math.Max(0, 1 - ((double)drive[label] - drive[rival]));
            var outcome = rig.Score(label, classes);
            Near.Equal(-Math.Log(Math.Max(1e-7, Math.Exp(3d * drive[label]) / sum)), outcome.Loss, 1e-4);
            Near.Equal(Math.Min(4, outcome.Loss / Math.Log(classes)), outcome.Surprise, 1e-5);
            for (var i = 0; i < capacity; i++)
            {
                Near.Equal(i == label ? hinge : i == rival ? -hinge : 0, rig.Credit[i], 1e-6);
            }
        }
    }

    [Fact]
    public void Beyond_the_margin_there_is_no_credit_and_just_inside_there_is()
    {
        using var rig = new HeadRig(16, (bench, output) => new HingeHead(bench.Layout, "head", output));
        rig.Read(3, 0.25f, 1.25f, -4f);
        rig.Score(1, 3);
        Assert.All(rig.Credit, credit => Assert.Equal(0f, credit));
        rig.Read(3, 0.2f, 1.25f, -4f);
        rig.Score(1, 3);
        Assert.All(rig.Credit, credit => Assert.Equal(0f, credit));
        rig.Read(3, 0.5f, 1.25f, -4f);
        rig.Score(1, 3);
        Assert.Equal([-0.25f, 0.25f, 0f, 0f], rig.Credit.Take(4));
    }

    [Fact]
    public void A_class_that_appears_is_scored_from_a_drive_of_zero_and_a_first_class_has_no_rival()
    {
        using var rig = new HeadRig(16, (bench, output) => new HingeHead(bench.Layout, "head", output));
        Assert.Empty(rig.Read(0));
        rig.Score(0, 1);
        Assert.All(rig.Credit, credit => Assert.Equal(0f, credit));
        rig.Read(2, 0.5f, -1f);
        rig.Score(2, 3);
        Assert.Equal([-1.5f, 0f, 1.5f, 0f], rig.Credit.Take(4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_nan_drive_gives_a_nan_loss_for_the_guard(int label)
    {
        using var rig = new HeadRig(16, (bench, output) => new HingeHead(bench.Layout, "head", output));
        rig.Read(3, float.NaN, 1f, 0f);
        Assert.False(float.IsFinite(rig.Score(label, 3).Loss));
    }
}
