using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class PatchCompetitionRuleTests
{
    private static readonly InputSpec Image = new() { Kind = InputKind.Image, Height = 8, Width = 8 };
    private static readonly PatchConnectionSpec Spec = new() { Side = 4, Filters = 32, Grid = 1, FormingEvents = 2 };

    [Fact]
    public void The_filter_that_answers_most_turns_towards_the_drawn_patch_by_Ojas_rule_in_whitened_space()
    {
        using var rig = new PatchRig(Image, Spec, patches: 1);
        for (var n = 1; n <= 2; n++)
        {
            rig.Show(Draw.Normals(64, 5, n), n);
            rig.Develop(n);
        }

        var precision = rig.Precision();
        var oracle = rig.Filters();
        for (var n = 3; n < 20; n++)
        {
            var image = Draw.Normals(64, 5, n);
            rig.Show(image, n);
            rig.Compete(n);
            var patches = rig.Patches(image).ToArray();
            var x = patches[KeyedRandom.Below(patches.Length, 1, FeatureHash.OfName("filters.competition"), (ulong)n, 0)].Patch;
            var z = Enumerable.Range(0, 16).Select(i => Enumerable.Range(0, 16).Sum(j => precision[i, j] * x[j])).ToArray();
            var length = Math.Sqrt(Enumerable.Range(0, 16).Sum(i => z[i] * x[i]));
            var responses = Enumerable.Range(0, 32).Select(k => Enumerable.Range(0, 16).Sum(i => x[i] * oracle[i, k])).ToArray();
            var winner = Array.IndexOf(responses, responses.Max());
            var cosine = Math.Min(1, responses[winner] / length);
            for (var i = 0; i < 16; i++)
            {
                oracle[i, winner] += cosine * ((z[i] / length) - (cosine * oracle[i, winner]));
            }

            Near.Equal(oracle, rig.Filters(), 2e-4);
        }
    }

    [Fact]
    public void Nobody_competes_while_filters_form()
    {
        using var rig = new PatchRig(Image, Spec);
        rig.Show(Draw.Normals(64, 5, 1));
        rig.Develop();
        var before = rig.Filters();
        rig.Compete(1);
        Near.Equal(before, rig.Filters(), 0);
    }

    [Fact]
    public void The_filter_of_a_drawn_field_that_answers_most_turns_towards_what_it_holds()
    {
        var spec = new FieldConnectionSpec { Fields = 8, Inputs = 6, LeastInputs = 3, Random = 0, FormingEvents = 16 };
        using var rig = new FieldRig(20, spec, fieldsPerEvent: 1);
        for (var n = 1; n <= 16; n++)
        {
            rig.Learn(Draw.Normals(20, 5, n), n);
        }

        var oracle = rig.Filters;
        for (var n = 17; n < 60; n++)
        {
            var x = Draw.Normals(20, 5, n);
            rig.Show(x, n);
            rig.Compete(n);
            var field = KeyedRandom.Below(spec.Fields, 1, FeatureHash.OfName("filters.competition"), (ulong)n, 0);
            var held = rig.Held(field, x, field < 4 ? 8 : 16);
            var length = Math.Sqrt(held.Sum(value => value * value));
            var responses = Enumerable.Range(4 * field, 4).Select(column => held.Select((value, i) => value * oracle[i, column]).Sum()).ToArray();
            var winner = (4 * field) + Array.IndexOf(responses, responses.Max());
            var cosine = Math.Min(1, responses.Max() / length);
            for (var i = 0; cosine > 0 && i < held.Length; i++)
            {
                oracle[i, winner] += cosine * ((held[i] / length) - (cosine * oracle[i, winner]));
            }

            Near.Equal(oracle, rig.Filters, 2e-4);
        }
    }
}
